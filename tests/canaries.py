"""Secrets and personal data that must never come out, and the check of whatever a test lets out.

As a pytest plugin it looks at all that is captured of every test and at what is said of its failure. A test that lets
a canary out fails, and what it let out is not repeated. Only values that nothing but a leak shows count: the names
people choose and amounts are not among them.
"""

import base64
import re
from collections.abc import Iterator
from typing import Any

import pytest

__all__ = [
    "ACCESS_TOKEN",
    "APP_SECRET",
    "ENCRYPTION_KEY",
    "FLASH_KEY",
    "INVOICE",
    "LINKING_CODE",
    "MEMO",
    "SECRETS",
    "SESSION_TOKEN",
    "VERIFY_TOKEN",
    "found_in",
    "hidden",
    "pytest_runtest_makereport",
]

APP_SECRET = "canary-app-secret-61c0"
VERIFY_TOKEN = "canary-verify-token-61c1"
ACCESS_TOKEN = "canary-access-token-61c2"
FLASH_KEY = "canary-flash-key-61c3"
ENCRYPTION_KEY = base64.b64encode(b"canary of thirty-two bytes 61c4.").decode()
MEMO = "canary memo 61c5"
SESSION_TOKEN = "sbx_canary_61c6aaaabbbbccccddddeeeeffff0000"
LINKING_CODE = "610761"
INVOICE = "lnbc50u1p" + "canary61c7" * 12

SECRETS = {
    "WHATSAPP_APP_SECRET": APP_SECRET,
    "WHATSAPP_VERIFY_TOKEN": VERIFY_TOKEN,
    "WHATSAPP_ACCESS_TOKEN": ACCESS_TOKEN,
    "FLASH_API_KEY": FLASH_KEY,
    "PULSE_ENCRYPTION_KEY": ENCRYPTION_KEY,
}
"""By the environment variable that sets them."""

_PATTERNS = {
    **{name: re.escape(value) for name, value in SECRETS.items()},
    "secret of a bench": r"bench-(?:app-secret|verify-token|access-token|flash-key)",
    "memo": re.escape(MEMO),
    "session token": r"sbx_\w+_[0-9a-f]{16,}",  # any that a sandbox issues
    "invoice": r"(?i:ln(?:bcrt|bc|tb)[0-9a-z]{80,})",  # any
    "phone of the demo world": r"1?876[ -]?555[ -]?010[1-7]",
    "phone of a bench": r"1876300\d{4}",
}
_ANY = {name: re.compile(pattern) for name, pattern in _PATTERNS.items()}
_IN_SOURCES = frozenset({"phone of the demo world", "phone of a bench"})


def found_in(text: str) -> list[str]:
    """What kinds of canary are in the text."""
    return [name for name, pattern in _ANY.items() if pattern.search(text)]


def hidden(text: str) -> str:
    """The text, fit to be shown."""
    for name, pattern in _ANY.items():
        text = pattern.sub(f"[{name}]", text)
    return text


@pytest.hookimpl(hookwrapper=True, trylast=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Looks at each report where it is made, so that with xdist nothing leaves the worker unseen."""
    outcome: Any = yield
    report: pytest.TestReport = outcome.get_result()
    leaks = {title: kinds for title, text in report.sections if (kinds := found_in(text))}
    # Of a failure the test's own source is shown, and phones are written there.
    if kinds := [kind for kind in found_in(report.longreprtext) if kind not in _IN_SOURCES]:
        leaks["what is said of its failure"] = kinds
    if not leaks:
        return
    told = "; ".join(f"{', '.join(kinds)} in {title}" for title, kinds in leaks.items())
    report.sections = [(title, hidden(text)) for title, text in report.sections]
    report.longrepr = f"{item.nodeid} lets out: {told}\n{hidden(report.longreprtext)}"
    report.outcome = "failed"
