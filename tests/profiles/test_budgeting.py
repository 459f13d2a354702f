from pathlib import Path

import pytest

from profiles.gating.budgeting import load_budget
from reports.gate.budgets import BudgetError
from reports.targets import TARGETS


def project(directory: Path, text: str) -> Path:
    """A checkout with a pyproject.toml."""
    (directory / "pyproject.toml").write_text(text)
    return directory


def test_the_default_budget_comes_with_the_package(tmp_path: Path) -> None:
    assert load_budget(tmp_path).name == "default"


def test_it_holds_the_roadmaps_targets_where_they_are_met_already(tmp_path: Path) -> None:
    for target in TARGETS:
        limit = load_budget(tmp_path).limit(target.metric)
        assert limit is not None
        assert (limit.at_most if target.direction == "below" else limit.at_least) == target.bound
        assert limit.enforced == "crossing"


def test_a_projects_limits_replace_the_shipped_ones(tmp_path: Path) -> None:
    mine = '[[tool.pulse.gate.limits]]\nmetric = "hit_rate"\nworse_by = "1 point"\n'
    found = load_budget(project(tmp_path, mine))
    limit = found.limit("hit_rate")
    assert found.name == "default, pyproject.toml"
    assert limit is not None
    assert limit.worse_by is not None
    assert limit.worse_by.amount == 0.01


@pytest.mark.parametrize("text", ["", "[tool.pulse]\n", "[tool.other]\nx = 1\n"])
def test_a_project_without_a_section_changes_nothing(tmp_path: Path, text: str) -> None:
    assert load_budget(project(tmp_path, text)) == load_budget(tmp_path / "nowhere")


def test_the_example_of_the_docs_is_accepted(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "gate-statistics.md").read_text(encoding="utf-8")
    example = page.partition("```toml\n")[2].partition("```")[0]
    found = load_budget(project(tmp_path, example))
    shipped = load_budget(tmp_path / "nowhere")
    assert (len(found.limits) - len(shipped.limits), len(found.waivers)) == (3, 1)


def test_a_file_takes_the_place_of_the_projects_section(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('[[limits]]\nmetric = "hit_rate"\nworse_by = "3 points"\n')
    checkout = project(tmp_path, '[[tool.pulse.gate.limits]]\nmetric = "hit_rate"\nworse_by = "1 point"\n')
    limit = load_budget(checkout, path).limit("hit_rate")
    assert limit is not None
    assert limit.worse_by is not None
    assert limit.worse_by.amount == 0.03


def test_a_budget_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BudgetError, match="No such file or directory; check the path"):
        load_budget(tmp_path, tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"limits = [", "it is not TOML"),
        (b"\xff", "it is not TOML"),
        (b"[tool.pulse]\ngate = 3\n", r"\[tool.pulse.gate\] is no table"),
        (b'[[tool.pulse.gate.limits]]\nmetric = "hit_rat"\nworse_by = 1\n', "did you mean hit_rate"),
    ],
)
def test_a_project_file_that_cannot_be_used_is_refused(tmp_path: Path, data: bytes, said: str) -> None:
    (tmp_path / "pyproject.toml").write_bytes(data)
    with pytest.raises(BudgetError, match=said):
        load_budget(tmp_path)


def test_a_directory_is_no_budget(tmp_path: Path) -> None:
    with pytest.raises(BudgetError, match="directory"):
        load_budget(tmp_path, tmp_path)
