from pathlib import Path

import pytest

from profiles.budget_files import list_budgets, load_budget
from reports.gate.budgets import BudgetError
from reports.targets import TARGETS


def project(directory: Path, text: str) -> Path:
    path = directory / "pyproject.toml"
    path.write_text(text)
    return path


def test_the_default_budget_comes_with_the_package() -> None:
    assert list_budgets() == ["default"]
    assert load_budget().name == "default"


def test_it_holds_the_roadmaps_targets_where_they_are_met_already() -> None:
    for target in TARGETS:
        limit = load_budget().limit(target.metric)
        assert limit is not None
        assert (limit.at_most if target.direction == "below" else limit.at_least) == target.bound
        assert limit.enforced == "crossing"


def test_a_projects_limits_replace_the_shipped_ones(tmp_path: Path) -> None:
    mine = '[[tool.pulse.gate.limits]]\nmetric = "hit_rate"\nworse_by = "1 point"\n'
    found = load_budget(pyproject=project(tmp_path, mine))
    limit = found.limit("hit_rate")
    assert found.name == "default, pyproject.toml [tool.pulse.gate]"
    assert limit is not None
    assert limit.worse_by is not None
    assert limit.worse_by.amount == 0.01


@pytest.mark.parametrize("text", ["", "[tool.pulse]\n", "[tool.other]\nx = 1\n"])
def test_a_project_without_a_section_changes_nothing(tmp_path: Path, text: str) -> None:
    assert load_budget(pyproject=project(tmp_path, text)) == load_budget()


def test_the_example_of_the_docs_is_accepted(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "gate-statistics.md").read_text(encoding="utf-8")
    example = page.partition("```toml\n")[2].partition("```")[0]
    found = load_budget(pyproject=project(tmp_path, example))
    assert (len(found.limits) - len(load_budget().limits), len(found.waivers)) == (3, 1)


def test_no_project_changes_nothing(tmp_path: Path) -> None:
    assert load_budget(pyproject=tmp_path / "pyproject.toml") == load_budget()


def test_a_file_of_ones_own_stands_alone(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('[[limits]]\nmetric = "hit_rate"\nworse_by = 0\n')
    assert [limit.metric for limit in load_budget(path).limits] == ["hit_rate"]


def test_a_budget_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(BudgetError, match="no such budget or file; give a TOML file, or one of: default"):
        load_budget(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"limits = [", "it is not TOML"),
        (b"\xff", "it is not UTF-8"),
        (b"[tool.pulse]\ngate = 3\n", r"\[tool.pulse.gate\] is no table"),
        (b'[[tool.pulse.gate.limits]]\nmetric = "hit_rat"\nworse_by = 1\n', "did you mean hit_rate"),
    ],
)
def test_a_project_file_that_cannot_be_used_is_refused(tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_bytes(data)
    with pytest.raises(BudgetError, match=said):
        load_budget(pyproject=path)


def test_a_directory_is_no_budget(tmp_path: Path) -> None:
    with pytest.raises(BudgetError, match="no such budget or file"):
        load_budget(tmp_path)
