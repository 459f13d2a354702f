"""Items that are a property of the code: no switch, no arms, only what `profiles.quality` can count in it as it is."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import mean

from profiles import quality
from profiles.ablation.experiment import Figures, Traffic
from profiles.arms import ArmSpec

__all__ = ["as_it_is", "code_figures"]

_ROOT = Path(__file__).parents[2]
_COMMANDS = "service/commands/"
_STAGES = frozenset({"edge", "flow", "commands", "gateway", "store", "reply", "observe", "sandbox"})


def as_it_is(_arm: ArmSpec, _traffic: Traffic, _seed: int) -> Figures:
    """Figures of this very code; none where the tools of the `test` extra, which count them, are not installed.

    The coverage is that of the last `nox -s tests`, if there was one.
    """
    files = {name: text for name, text in quality.sources(_ROOT).items() if name.startswith(quality.PACKAGES)}
    try:
        return {**code_figures(files, quality.import_graph()), **_coverage(_ROOT / ".coverage.json")}
    except quality.QualityError:
        return {}


def code_figures(files: Mapping[str, str], imports: Mapping[str, frozenset[str]]) -> Figures:
    """What can be counted in the text of files by name, and in the modules that each module imports.

    Raises QualityError.
    """
    commands = {name: text for name, text in files.items() if name.startswith(_COMMANDS)}
    between = [pair for pair in _between_stages(imports) if pair[0] != pair[1]]
    return {
        "complexity_most": float(quality.complexity_most(files)),
        "complexity_of_commands_most": float(quality.complexity_most(commands)),
        "import_cycles": float(not quality.cycles(imports).passed),
        "imports_between_stages": float(len(between)),
        "imports_of_replies_by_commands": float(between.count(("commands", "reply"))),
        "rules_outside_of_rules": float(sum(_rules_in(text) for name, text in commands.items() if not _is_rules(name))),
        **_sizes(files, commands),
    }


def _coverage(report: Path) -> Figures:
    return {"coverage_percent": quality.covered_percent(report)} if report.is_file() else {}


def _sizes(files: Mapping[str, str], commands: Mapping[str, str]) -> Figures:
    lines = [len(text.splitlines()) for text in files.values()]
    handlers = [size for text in commands.values() for size in _handler_sizes(text)]
    return {
        "lines_per_file_mean": mean(lines),
        "lines_per_file_most": float(max(lines)),
        "lines_per_handler_mean": mean(handlers) if handlers else 0.0,
    }


def _handler_sizes(text: str) -> Iterator[int]:
    """The lines of every `handle` method."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.AsyncFunctionDef) and node.name == "handle":
            yield (node.end_lineno or node.lineno) - node.lineno + 1


def _is_rules(name: str) -> bool:
    return Path(name).name.endswith("rules.py")


def _rules_in(text: str) -> int:
    """Functions of the shape of a rule: from a request to what is wrong with it, or nothing."""
    return sum(
        isinstance(node, ast.FunctionDef)
        and node.returns is not None
        and ast.unparse(node.returns) == "Result | None"
        and [ast.unparse(one.annotation) for one in node.args.args if one.annotation] == ["Request"]
        for node in ast.walk(ast.parse(text))
    )


def _between_stages(imports: Mapping[str, frozenset[str]]) -> Iterator[tuple[str, str]]:
    """The stages of both ends of every import that begins and ends in one."""
    for module, imported in imports.items():
        for other in sorted(imported):
            if _stage(module) and _stage(other):
                yield _stage(module), _stage(other)


def _stage(module: str) -> str:
    """The stage that a module belongs to; empty for none."""
    package, _, rest = module.partition(".")
    stage = rest.partition(".")[0]
    return stage if package == "service" and stage in _STAGES else ""
