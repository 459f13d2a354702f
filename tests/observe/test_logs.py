"""Nothing secret or personal comes out of a log line, whichever way it got in."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from typing import Any
from urllib.parse import quote

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from service.core.errors import ConfigError
from service.core.queries import Account
from service.core.sessions import Session
from service.observe.logs import configure_logs, redactor

SECRETS = ("canary-secret-1", 'odd "canary" \\ sécrèt\n2', "canary+base64/3==")
PHONES = (
    "+18765550001",
    "18765550001",
    "8765550001",
    "+447911123456",
    "+1 876 555 0001",
    "+1 (876) 555-0001",
    "+44 7911 123 456",
    "876-555-0001",
    "(876) 555-0001",
    "876.555.0001",
)
INVOICE = (
    "lnbc20u1pvjluezpp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5"
    "rqwzqfqypqhp58yjmdan79s6qqdhdzgynm4zwqd5d7xmw5fk98klysy"
)
HIDDEN = (*PHONES, INVOICE, INVOICE.upper(), f"lightning:{INVOICE}", "lntb" + INVOICE[4:], "lnbcrt" + INVOICE[4:])
TOKENS = ("Bearer abc.DEF-123", "bearer  abc.DEF-123", "Authorization: Bearer abc.DEF-123")


@pytest.fixture(autouse=True)
def _fresh_structlog() -> Iterator[None]:
    before = logging.getLogger().handlers[:]
    yield
    structlog.reset_defaults()
    logging.getLogger().handlers[:] = before


def logged(**values: Any) -> str:
    """The line that one event makes, as it is written."""
    out = io.StringIO()
    with redirect_stderr(out):
        configure_logs("info", SECRETS)
        structlog.get_logger("test").info("something happened", **values)
    return out.getvalue()


def carriers(text: str) -> dict[str, Any]:
    """The ways in which a text gets into an event."""
    return {
        "itself": text,
        "in a sentence": f"cannot reach {text}, gave up",
        "in a dict": {"headers": [("x", text)], text: {"deep": (text,)}},
        "in bytes": text.encode(),
        "in an exception": ValueError(f"bad: {text}"),
        "in JSON": json.dumps({"error": text}),
        "in a URL": f"https://example.org/?q={quote(text, safe='')}",
    }


def is_hidden(text: str, line: str) -> bool:
    spellings = {
        text,
        repr(text)[1:-1],
        json.dumps(text)[1:-1],
        json.dumps(json.dumps(text))[3:-3],
        quote(text, safe=""),
    }
    return not any(spelling in line for spelling in spellings)


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("way", carriers(""))
def test_a_known_secret_never_comes_out(secret: str, way: str) -> None:
    line = logged(value=carriers(secret)[way])
    assert is_hidden(secret, line)
    assert "[hidden]" in line


@pytest.mark.parametrize(
    ("text", "way"), [(text, way) for text in HIDDEN for way in carriers("") if way != "in a URL" or text.isalnum()]
)
def test_phones_and_invoices_never_come_out(text: str, way: str) -> None:
    assert is_hidden(text, logged(value=carriers(text)[way]))


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("way", [way for way in carriers("") if way != "in a URL"])
def test_bearer_tokens_never_come_out(token: str, way: str) -> None:
    assert "abc.DEF-123" not in logged(value=carriers(token)[way])


def fail() -> None:
    known: dict[str, str] = {}
    try:
        known[SECRETS[1]]
    except KeyError as error:
        raise RuntimeError(f"{SECRETS[0]} of {PHONES[0]}") from error


def test_the_password_in_a_url_never_comes_out() -> None:
    line = logged(error="cannot reach redis://pulse:canary@db.example:6379/0", store="rediss://:canary@db.example")
    assert "canary" not in line
    assert "db.example:6379/0" in line


def test_an_exceptions_whole_traceback_is_cleaned() -> None:
    out = io.StringIO()
    with redirect_stderr(out):
        configure_logs("info", SECRETS)
        try:
            fail()
        except RuntimeError:
            structlog.get_logger("test").exception("it failed")
    line = out.getvalue()
    assert "RuntimeError" in line
    assert "KeyError" in line
    assert all(is_hidden(text, line) for text in (*SECRETS, PHONES[0]))


def libraries_say(say: Callable[[logging.Logger], None], level: str = "info") -> list[dict[str, Any]]:
    """What comes out when a library logs."""
    out = io.StringIO()
    with redirect_stderr(out):
        configure_logs(level, SECRETS)
        say(logging.getLogger("uvicorn.error"))
    assert all(is_hidden(text, out.getvalue()) for text in (*SECRETS, PHONES[0]))
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_what_a_library_says_of_an_exception_that_nobody_caught_is_cleaned() -> None:
    def say(log: logging.Logger) -> None:
        try:
            fail()
        except RuntimeError:
            log.exception("Exception in ASGI application for %s", PHONES[0])

    [line] = libraries_say(say)
    assert (line["level"], line["library"]) == ("error", "uvicorn.error")
    assert "KeyError" in line["exception"]


def test_libraries_are_heard_from_warnings_on_and_not_below_the_level() -> None:
    def say(log: logging.Logger) -> None:
        log.info("not heard")
        log.warning("heard at debug")
        log.log(35, "heard, between two levels")
        log.error("it failed")

    assert [line["level"] for line in libraries_say(say, "debug")] == ["warning", "warning", "error"]
    assert [line["level"] for line in libraries_say(say, "error")] == ["error"]


def test_a_line_that_cannot_be_formatted_shows_its_format_only() -> None:
    def say(log: logging.Logger) -> None:
        ours = logging.getLogger().handlers[-1]  # pytest's handler beside it would raise
        ours.handle(log.makeRecord(log.name, logging.ERROR, "", 0, "%d failed", (SECRETS[0],), None))

    assert [line["event"] for line in libraries_say(say)] == ["%d failed"]


def test_setting_up_twice_says_everything_once() -> None:
    configure_logs("info")
    assert len(libraries_say(lambda log: log.warning("once"))) == 1


def test_the_event_itself_is_cleaned() -> None:
    out = io.StringIO()
    with redirect_stderr(out):
        configure_logs("info", SECRETS)
        structlog.get_logger("test").warning(f"hello {PHONES[0]} and {SECRETS[0]}")
    assert json.loads(out.getvalue())["event"] == "hello [hidden] and [hidden]"


@pytest.mark.parametrize(
    "fact", [Session("ann", "+18765550001", "a", None, "tok-canary", 0.0), Account("a", "tok-canary")]
)
def test_facts_show_no_token(fact: object) -> None:
    line = logged(value=fact, nested={"list": [fact]})
    assert "tok-canary" not in line
    assert "18765550001" not in line


def test_what_helps_to_understand_a_line_stays() -> None:
    line = json.loads(
        logged(entry="1750000000000-0", command="balance", took_s=0.123456789012, n=1_750_000_000, ok=True)
    )
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "something happened",
        "level": "info",
        "entry": "1750000000000-0",
        "command": "balance",
        "took_s": 0.123456789012,
        "n": 1_750_000_000,
        "ok": True,
    }


@pytest.mark.parametrize("entry", ["18765550001", "18765550001-1", "18765550001@s", {"phone": "18765550001"}])
def test_an_entry_that_is_no_id_of_the_inbox_is_cleaned(entry: object) -> None:
    assert "18765550001" not in logged(entry=entry)


def test_a_line_is_one_json_object_below_the_level_there_is_none() -> None:
    out = io.StringIO()
    with redirect_stderr(out):
        configure_logs("warning")
        log = structlog.get_logger("test")
        log.info("not said")
        log.warning("said", text="two\nlines")
    assert [json.loads(line)["text"] for line in out.getvalue().splitlines()] == ["two\nlines"]


@pytest.mark.parametrize("level", ["loud", "", "info "])
def test_a_level_that_is_not_there_is_a_config_error(level: str) -> None:
    with pytest.raises(ConfigError, match="debug"):
        configure_logs(level)


def test_half_a_character_can_be_logged() -> None:
    assert json.loads(logged(value="half \ud83d"))["value"] == "half ?"


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None, exclude_categories=()))
    | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(VALUES)
def test_any_value_can_be_logged(value: Any) -> None:
    assert json.loads(logged(value=value))["event"] == "something happened"


@given(st.text(max_size=30), st.text(max_size=30), st.sampled_from((*SECRETS, *PHONES, INVOICE)))
def test_no_surroundings_let_a_secret_through(before: str, after: str, secret: str) -> None:
    clean = redactor(SECRETS)(None, "info", {"event": f"{before} {secret} {after}"})
    assert secret not in clean["event"]


def test_without_secrets_an_empty_one_hides_nothing() -> None:
    assert redactor(["", "x"])(None, "info", {"event": "a b x"}) == {"event": "a b [hidden]"}
