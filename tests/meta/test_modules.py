"""What holds for every module: a true `__all__`, bounds, a silent import, and a reason for each suppression."""

import ast
import io
import re
import subprocess
import sys
import tokenize
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from profiles import quality
from reports.quality_view import Check

ROOT = Path(__file__).parents[2]

REASONS = (
    (re.compile(r"# noqa\b"), re.compile(r"# noqa: [A-Z]+\d+(, ?[A-Z]+\d+)* - \S")),
    (re.compile(r"# type: ignore\b"), re.compile(r"# type: ignore\[[a-z, -]+\]  # \S")),
    (re.compile(r"# pragma: no (cover|branch)\b"), re.compile(r"# pragma: no (cover|branch) - \S")),
)

IMPORT_ALL = """
import sys, threading
seen = []
quiet = ("socket.connect", "socket.bind", "socket.__new__", "subprocess.Popen", "os.fork", "os.posix_spawn", "os.mkdir")
def watch(event, args):
    if event in quiet or event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+"):
        seen.append((event, str(args[:1])))
sys.addaudithook(watch)
import importlib
for name in sys.argv[1:]:
    before = len(seen)
    importlib.import_module(name)
    if len(seen) > before or threading.active_count() > 1:
        sys.exit(f"{name}: {seen[before:]}, {threading.active_count()} threads")
"""


def modules() -> dict[str, str]:
    """The text of every module of the four packages, by path; but for `__main__`s, which are programs."""
    return {
        name: text
        for name, text in quality.sources(ROOT).items()
        if name.split("/")[0] in quality.PACKAGES and not name.endswith("__main__.py")
    }


def named(node: ast.stmt) -> Iterator[str]:
    """The names that a top-level statement defines."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Assign(value=ast.Call(func=ast.Name(id="TypeVar" | "ParamSpec"))):
            yield from ()  # a name for the type checker alone
        case ast.Assign(targets=targets):
            yield from (target.id for target in targets if isinstance(target, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name
        case _:
            yield from ()


def public_names(tree: ast.Module) -> set[str]:
    return {name for node in tree.body for name in named(node) if not name.startswith("_")}


def imported_names(tree: ast.Module) -> set[str]:
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    return {alias.asname or alias.name for node in imports for alias in node.names}


def exported(tree: ast.Module) -> list[str] | None:
    for node in tree.body:
        if isinstance(node, ast.Assign) and "__all__" in named(node):
            names: list[str] = ast.literal_eval(node.value)
            return names
    return None


def export_fault(text: str, *, package: bool = False) -> str | None:
    """What is wrong with a module's `__all__`; a package may also export what it imports."""
    tree = ast.parse(text)
    names, public = exported(tree), public_names(tree)
    if not names and not public:
        return None
    if names is None:
        return f"no __all__, but {sorted(public)}"
    allowed = public | imported_names(tree) if package else public
    faults = {"missing": public - set(names), "not defined here": set(names) - allowed}
    return "; ".join(f"{what}: {sorted(which)}" for what, which in faults.items() if which) or None


def unreasoned(text: str) -> list[str]:
    """Suppressions without a reason after them."""
    comments = [
        (token.start[0], token.string)
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type == tokenize.COMMENT
    ]
    return [
        f"line {line}: {comment}"
        for line, comment in comments
        for is_one, has_reason in REASONS
        if is_one.search(comment) and not has_reason.search(comment)
    ]


def test_all_is_what_a_module_defines_in_public() -> None:
    faults = {name: export_fault(text, package=name.endswith("__init__.py")) for name, text in modules().items()}
    found = [f"{name}: {fault}" for name, fault in faults.items() if fault]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("__all__ = ['f']\ndef f(): ...\nasync def _g(): ...", None),
        ("__all__ = ['A', 'f']\nclass A: ...\nasync def f(): ...\nB: int = 1", "missing: ['B']"),
        ("from x import f\n__all__ = ['f']", "not defined here: ['f']"),
        ("LIMIT = 3", "no __all__, but ['LIMIT']"),
        ("", None),
    ],
)
def test_a_false_all_is_found(code: str, fault: str | None) -> None:
    assert export_fault(code) == fault


def test_a_package_may_export_what_it_imports() -> None:
    assert export_fault("from x import f\n__all__ = ['f']", package=True) is None


@pytest.mark.no_cover  # what runs here others cover, and tracing it takes three times as long
@pytest.mark.parametrize("rule", [quality.complexity, quality.file_sizes])
def test_every_file_keeps_its_bounds(rule: Callable[[Mapping[str, str]], Check]) -> None:
    places = rule(quality.sources(ROOT)).places
    assert not places, "\n".join(places)


def test_no_module_is_in_a_cycle_of_imports() -> None:
    assert quality.cycles(quality.import_graph()).places == ()


@pytest.mark.no_cover  # what runs here others cover, and tracing it takes three times as long
def test_every_suppression_has_a_reason() -> None:
    found = [f"{name}, {line}" for name, text in quality.sources(ROOT).items() for line in unreasoned(text)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("comment", "count"),
    [
        ("# noqa: BLE001 - a listener must not break a payment", 0),
        ("# noqa: BLE001", 1),
        ("# noqa", 1),
        ("# type: ignore[arg-type]  # the stub is wrong", 0),
        ("# type: ignore[arg-type]", 1),
        ("# type: ignore", 1),
        ("# pragma: no cover - another platform", 0),
        ("# pragma: no cover", 1),
        ("# why this is so", 0),
    ],
)
def test_a_suppression_without_a_reason_is_found(comment: str, count: int) -> None:
    assert len(unreasoned(f"x = 1  {comment}\n")) == count


def dotted(name: str) -> str:
    return name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def test_importing_a_module_opens_starts_and_writes_nothing() -> None:
    """Neither sockets (an event loop has one), nor processes, threads, directories or files open for writing."""
    names = [dotted(name) for name in modules()]
    done = subprocess.run(
        [sys.executable, "-B", "-c", IMPORT_ALL, *names], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_work_done_on_import_is_found(tmp_path: Path) -> None:
    (tmp_path / "busy.py").write_text("import asyncio\nloop = asyncio.new_event_loop()\n")
    done = subprocess.run(
        [sys.executable, "-B", "-c", IMPORT_ALL, "busy"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stderr.startswith("busy: [('socket.__new__'")
