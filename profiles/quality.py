"""The roadmap's code quality metrics, measured: complexity, file size, coverage, import cycles.

Source of the limits: the roadmap's "Code Quality Metrics". Its average file size is held for every single file.
"""

import ast
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from reports import markdown, quality_view
from reports.quality_view import Check

__all__ = [
    "PACKAGES",
    "QualityError",
    "check_all",
    "complexity",
    "complexity_most",
    "coverage",
    "covered_percent",
    "cycles",
    "file_sizes",
    "import_graph",
    "main",
    "sources",
]

PACKAGES = ("pulse_cli", "profiles", "service", "reports")
_COMPLEXITY_BELOW = 10
_LINES_BELOW = 300
_COVERAGE_ABOVE_PERCENT = 80.0


class QualityError(Exception):
    """Something needed for the measurement is missing; the message says what."""


def check_all(root: Path, coverage_json: Path | None) -> tuple[Check, ...]:
    """Every check of the checkout at `root`, whose packages are the importable ones, and of a test run's coverage.

    Without a report of one, coverage is left out.

    Raises:
        QualityError: the report cannot be read, or the tools of the `test` extra are not installed.
    """
    files = sources(root)
    covered = () if coverage_json is None else (coverage(covered_percent(coverage_json)),)
    return (complexity(files), file_sizes(files), *covered, cycles(import_graph()))


def sources(root: Path) -> dict[str, str]:
    """The text of every Python file of the checkout, tests included, by its path from `root`."""
    folders = [sorted((root / folder).rglob("*.py")) for folder in (*PACKAGES, "tests")]
    paths = [path for folder in folders for path in folder] + sorted(root.glob("*.py"))
    return {str(path.relative_to(root)): path.read_text() for path in paths}


def complexity(files: Mapping[str, str]) -> Check:
    """McCabe's cyclomatic complexity of every function and method, by radon. `files` is text by name.

    Source: McCabe, "A Complexity Measure", IEEE Transactions on Software Engineering SE-2 (1976), 308-320.
    """
    found = [
        (score, f"{name}:{line} {function}") for name, text in files.items() for score, line, function in _scores(text)
    ]
    worst = max(found, default=(0, ""))
    places = tuple(f"{place} has {score}" for score, place in found if score >= _COMPLEXITY_BELOW)
    return Check(
        rule="cyclomatic complexity per function",
        found=f"{worst[0]} at most",
        limit=f"< {_COMPLEXITY_BELOW}",
        passed=not places,
        places=places,
    )


def complexity_most(files: Mapping[str, str]) -> int:
    """The greatest complexity of a function in these files; 0 where there is none. Raises QualityError."""
    return max((score for text in files.values() for score, _, _ in _scores(text)), default=0)


def file_sizes(files: Mapping[str, str]) -> Check:
    """Lines of every file."""
    sizes = {name: len(text.splitlines()) for name, text in files.items()}
    places = tuple(f"{name} has {lines}" for name, lines in sizes.items() if lines >= _LINES_BELOW)
    return Check(
        rule="lines per file",
        found=f"{max(sizes.values(), default=0)} at most",
        limit=f"< {_LINES_BELOW}",
        passed=not places,
        places=places,
    )


def covered_percent(coverage_json: Path) -> float:
    """Lines and branches that the tests ran. Raises QualityError for a report that cannot be read."""
    return _read_json(coverage_json)["totals"]["percent_covered"]


def coverage(percent: float) -> Check:
    """Lines and branches that the tests ran."""
    return Check(
        rule="test coverage",
        found=f"{percent:.1f} %",
        limit=f"> {_COVERAGE_ABOVE_PERCENT:g} %",
        passed=percent > _COVERAGE_ABOVE_PERCENT,
    )


def cycles(imports: Mapping[str, Iterable[str]]) -> Check:
    """Circular imports between modules. `imports` are the modules that each module imports."""
    try:
        TopologicalSorter(imports).prepare()
        places: tuple[str, ...] = ()
    except CycleError as error:
        places = (" -> ".join(error.args[1]),)
    return Check(
        rule="circular imports",
        found="none" if not places else "at least one",
        limit="none",
        passed=not places,
        places=places,
    )


def main(arguments: list[str]) -> int:
    """Measures the checkout in the working directory and prints a table; 0 if all is well, 1 if not, 4 on a failure.

    The one argument is the coverage report's file.
    """
    try:
        checks = check_all(Path.cwd(), Path(arguments[0] if arguments else ".coverage.json"))
    except QualityError as error:
        sys.stderr.write(f"error: {error}\n")
        return 4
    sys.stdout.write(markdown.render(quality_view.document(checks)))
    return 0 if all(check.passed for check in checks) else 1


def _scores(text: str) -> Iterator[tuple[int, int, str]]:
    """Complexity, line and name of every function in a file, inner functions and methods included."""
    try:
        from radon.visitors import ComplexityVisitor  # noqa: PLC0415 - only the gate needs it
    except ImportError as error:
        raise QualityError("radon is not installed; pip install 'pulse-bot[test]'") from error
    visitor = ComplexityVisitor.from_ast(ast.parse(text), no_assert=True)  # an assert is a statement, not a path
    blocks = [*visitor.functions, *(method for found in visitor.classes for method in found.methods)]
    for block in blocks:
        yield block.complexity, block.lineno, block.fullname


def import_graph() -> dict[str, frozenset[str]]:
    """The modules of the four packages, each with those of them that it imports."""
    try:
        import grimp  # noqa: PLC0415 - only the gate needs it
    except ImportError as error:
        raise QualityError("import-linter is not installed; pip install 'pulse-bot[test]'") from error
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    return {module: frozenset(graph.find_modules_directly_imported_by(module)) for module in sorted(graph.modules)}


def _read_json(path: Path) -> dict[str, dict[str, float]]:
    try:
        report: dict[str, dict[str, float]] = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise QualityError(f"no coverage report in {path}; run `nox -s tests` first") from error
    return report


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
