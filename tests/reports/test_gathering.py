"""From names to what a report shows."""

from pathlib import Path

import pytest

from reports.ablation import encode
from reports.gathering import MAX_NAMED, gather
from reports.history import History
from reports.model import RunError, dump
from tests.reports.html_kit import ablation, arm, full_run, run_of
from tests.reports.load_kit import capacity_found, load_run


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A history of three runs."""
    path = tmp_path / "runs.sqlite3"
    with History.open(path) as history:
        for factor in (0.5, 0.5, 0.4):
            history.add(run_of(arm("phase-0"), arm("phase-6", factor)))
    return path


def test_a_kept_run_is_shown_with_its_trends(kept: Path) -> None:
    (section,) = gather(["@last"], kept).sections
    assert "trend-response_ms_mean" in [chart.key for chart in section.charts]
    assert section.title == "Phase 6 takes 60.0 % less time to answer than phase 0"


def test_files_of_runs_and_of_ablations_are_told_apart(tmp_path: Path) -> None:
    run, claims = tmp_path / "run.json", tmp_path / "claims.json"
    dump(full_run(), run)
    claims.write_bytes(encode(ablation()))
    found = gather([str(claims), str(run)], tmp_path / "none").sections
    assert [section.kicker for section in found] == [
        "Bench: phase 6 against phase 0",
        "The roadmap's claims, phases 1 to 6",
    ]


def test_the_file_is_named_after_arms_time_and_commit(tmp_path: Path) -> None:
    dump(run_of(arm("phase-0"), arm("phase-6 +3.1"), commit="0123456789ab+"), tmp_path / "r.json")
    found = gather([str(tmp_path / "r.json")], tmp_path / "none")
    assert found.name == "phase-6-3-1-against-phase-0-20260105T080000Z-0123456"


def test_load_runs_and_capacities_are_sections_of_their_own(kept: Path) -> None:
    with History.open(kept) as history:
        history.add(load_run())
        history.add(capacity_found())
    found = gather(["@last", "@last-1"], kept)
    assert found.name == "capacity-of-phase-6-20260105T080000Z-827027b"
    assert [section.title for section in found.sections] == [
        "Phase 6 under soak:1/10s crossed a limit",
        "Phase 6 holds 20.0 messages/s",
    ]


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["missing.json"], "there is no such file; `pulse bench --json FILE` writes one"),
        (["@last"], "no run has been kept .* run `pulse bench` first"),
        (["x"] * (MAX_NAMED + 1), "shows at most 50; leave some out"),
    ],
)
def test_what_is_not_there_is_refused(tmp_path: Path, names: list[str], words: str) -> None:
    with pytest.raises(RunError, match=words):
        gather(names, tmp_path / "none")


def test_a_file_that_is_neither_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("[1, 2]")
    with pytest.raises(RunError, match="give a file that `pulse bench --json` wrote"):
        gather([str(tmp_path / "x.json")], tmp_path / "none")


def test_looking_for_a_run_makes_no_history(tmp_path: Path) -> None:
    with pytest.raises(RunError):
        gather(["12"], tmp_path / "none")
    assert list(tmp_path.iterdir()) == []
