"""What the import contracts cannot see: clocks, chance and files behind names that core may use or need not import."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PURE_REPORTS = ("change_points", "compare", "explain", "metrics", "potts", "slo", "stats", "student", "targets")
PURE = [
    *sorted((ROOT / "service/core").rglob("*.py")),
    *(ROOT / f"reports/{name}.py" for name in PURE_REPORTS),
    *sorted((ROOT / "reports/gate").rglob("*.py")),
    *sorted((ROOT / "reports/html").glob("*.py")),
]
IMPURE_METHODS = {"now", "utcnow", "today", "uuid1", "uuid4", "getnode", "urandom"}
IMPURE_FUNCTIONS = {"open", "print", "input", "breakpoint", "uuid1", "uuid4"}


def impurities(text: str) -> list[str]:
    """Calls in a source text that read a clock, draw chance, or touch the outside."""
    calls = [node.func for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    names = [call.id for call in calls if isinstance(call, ast.Name) and call.id in IMPURE_FUNCTIONS]
    methods = [call.attr for call in calls if isinstance(call, ast.Attribute) and call.attr in IMPURE_METHODS]
    return names + methods


def test_pure_modules_call_no_clock_chance_or_file() -> None:
    found = {path.name: impurities(path.read_text()) for path in PURE}
    assert {name: calls for name, calls in found.items() if calls} == {}


@pytest.mark.parametrize(
    "code", ["datetime.now(UTC)", "date.today()", "uuid.uuid4()", "uuid4()", "open('x')", "print(1)", "f(open('x'))"]
)
def test_an_impure_call_is_found(code: str) -> None:
    assert len(impurities(code)) == 1


def test_a_deterministic_call_is_allowed() -> None:
    assert impurities("uuid.uuid5(NAMESPACE, name); now(3); clock.monotonic") == []
