import textwrap
from pathlib import Path

import pytest

from profiles import quality

BRANCHES = "def f(x):\n" + "".join(f"    if x == {value}: return {value}\n" for value in range(9))
METHOD = "class C:\n" + textwrap.indent(BRANCHES, "    ")
SIMPLE = "def f(x):\n    assert x\n    return x\n"


def test_nine_branches_make_a_complexity_of_ten_which_is_too_much() -> None:
    check = quality.complexity({"deep.py": BRANCHES, "flat.py": SIMPLE})
    assert (check.passed, check.found, check.places) == (False, "10 at most", ("deep.py:1 f has 10",))


def test_methods_are_measured_too() -> None:
    assert quality.complexity({"deep.py": METHOD}).places == ("deep.py:2 C.f has 10",)


def test_one_branch_less_is_allowed() -> None:
    check = quality.complexity({"edge.py": BRANCHES.replace("    if x == 8: return 8\n", "")})
    assert (check.passed, check.found) == (True, "9 at most")


def test_an_assertion_is_not_a_branch() -> None:
    assert quality.complexity({"flat.py": SIMPLE}).found == "1 at most"


def test_a_file_of_300_lines_is_too_long() -> None:
    check = quality.file_sizes({"long.py": "\n" * 300, "short.py": "\n" * 299})
    assert (check.passed, check.found, check.places) == (False, "300 at most", ("long.py has 300",))


@pytest.mark.parametrize(("percent", "passed"), [(80.0, False), (80.1, True)])
def test_coverage_has_to_be_above_its_limit(percent: float, passed: bool) -> None:
    assert quality.coverage(percent).passed is passed


def test_a_cycle_is_named_from_end_to_end() -> None:
    check = quality.cycles({"a": ["b"], "b": ["c"], "c": ["a"]})
    assert not check.passed
    assert set(check.places[0].split(" -> ")) == {"a", "b", "c"}


def test_a_diamond_is_no_cycle() -> None:
    assert quality.cycles({"a": ["b", "c"], "b": ["d"], "c": ["d"]}).passed


def test_a_missing_coverage_report_is_a_failure_of_the_tool_not_of_the_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert quality.main([str(tmp_path / "absent.json")]) == 4
    assert "run `nox -s tests` first" in capsys.readouterr().err


def test_the_gate_fails_when_one_check_does(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = tmp_path / "coverage.json"
    report.write_text('{"totals": {"percent_covered": 0}}')
    assert quality.main([str(report)]) == 1
    assert "| test coverage | 0.0 % | > 80 % | FAIL |" in capsys.readouterr().out
