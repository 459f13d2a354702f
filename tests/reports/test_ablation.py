"""The outcome of an ablation as a file and as a report."""

from pathlib import Path

import msgspec
import pytest

from reports.ablation import (
    Ablation,
    Change,
    Comparison,
    Control,
    Elsewhere,
    MeasuredArm,
    Outcome,
    decode,
    dump,
    encode,
)
from reports.ablation_view import document, page
from reports.markdown import render
from reports.model import RunError

GOOD = Control("null", "nothing", "no effect", "no effect", "the same with it and without it")
BAD = Control("slow", "late", "refuted", "no effect", "the same with it and without it")


@pytest.fixture
def ablation() -> Ablation:
    first = Outcome(
        item="3.1",
        title="Central cache manager",
        claim="60 % better cache hit rate",
        verdict="partly",
        why="41.2 % better, 60.0 % claimed",
        measure="hit_rate",
        workload="reference",
        minutes=20.0,
        digest="0123456789abcdef",
        in_phase=Comparison("phase-3 -3.1", "phase-3", 0.443, 0.593),
        alone=Comparison("phase-0", "phase-0 +3.1", 0.399, 0.563),
        changes=(
            Change("response_ms_mean", 400.0, 300.0),
            Change("upstream_calls_per_message", 1.0, 1.02),
            Change("redis_round_trips_per_message", 8.0, 8.01),
        ),
        elsewhere=(Elsewhere("spam", None, Comparison("phase-3 -3.1", "phase-3", 0.5, 0.5), None),),
        note="A remark.",
        command="pulse bench --ablate --items 3.1 --phase 3 --seed 1",
    )
    code = Outcome(
        item="2.1",
        title="One file per command",
        claim="70 % better maintainability",
        verdict="not measurable here",
        why="never measured before",
        measure="complexity_most",
        in_phase=Comparison("phase-3", "phase-3", 9.0, 9.0),
    )
    later = Outcome(item="5.1", title="Queue", claim="goodput", verdict="not built yet", why="", measure="goodput")
    arms = (
        MeasuredArm(name="phase-3", workload="reference", minutes=20.0, figures={"hit_rate": 0.593}),
        MeasuredArm(name="phase-3", workload="", minutes=None, figures={"complexity_most": 9.0}),
    )
    return Ablation(phase=3, seed=1, outcomes=(first, code, later), controls=(GOOD,), arms=arms)


def test_a_file_reads_back(ablation: Ablation, tmp_path: Path) -> None:
    dump(encode(ablation), tmp_path / "a.json")
    assert decode((tmp_path / "a.json").read_bytes()) == ablation


@pytest.mark.parametrize("data", [b"{", b"{}", b'{"schema": 1, "trace": {}}', b'{"schema": 2, "kind": "ablation"}'])
def test_another_file_is_refused(data: bytes) -> None:
    with pytest.raises(RunError, match="cannot read it"):
        decode(data, "it")


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="cannot write"):
        dump(b"", tmp_path / "missing" / "a.json")


def test_a_verdict_stands_beside_the_claim_with_both_comparisons(ablation: Ablation) -> None:
    texts = [cell.text for cell in document(ablation).grids[0].rows[0]]
    assert texts == [
        "3.1 Central cache manager",
        "60 % better cache hit rate",
        "partly",
        "41.2 % better, 60.0 % claimed",
        "Cache hit rate, %; workload reference (20 min)",
        "44.3 -> 59.3 (33.9 % better)",
        "39.9 -> 56.3 (41.1 % better)",
    ]


def test_structure_shows_what_there_is_and_an_item_that_is_not_built_shows_nothing(ablation: Ablation) -> None:
    _, code, later = ([cell.text for cell in row] for row in document(ablation).grids[0].rows)
    assert code[4:] == ["Greatest cyclomatic complexity", "9", ""]
    assert later[2:] == ["not built yet", "", "", "", ""]


def grid_of(ablation: Ablation, title: str) -> list[list[str]]:
    found = next(grid for grid in document(ablation).grids if grid.title.startswith(title))
    return [[cell.text for cell in row] for row in found.rows]


def test_other_figures_are_shown_where_they_change_notably(ablation: Ablation) -> None:
    assert grid_of(ablation, "What else") == [
        ["3.1", "Response time mean, ms", "400.0 -> 300.0 (25.0 % better)"],
        ["3.1", "Upstream calls per message", "1.000 -> 1.020 (2.0 % worse)"],
    ]


def test_other_traffic_is_shown_apart(ablation: Ablation) -> None:
    assert grid_of(ablation, "The same measures") == [["3.1", "spam", "50.0 -> 50.0 (same)", ""]]


def test_the_code_is_shown_beside_the_roadmaps_limits(ablation: Ablation) -> None:
    assert grid_of(ablation, "The code") == [["Greatest cyclomatic complexity", "9", "< 10"]]


def test_each_item_that_was_measured_has_its_command(ablation: Ablation) -> None:
    rows = grid_of(ablation, "Measure one again")
    assert rows[0] == ["3.1", "0123456789ab", "pulse bench --ablate --items 3.1 --phase 3 --seed 1"]
    assert len(rows) == 2


def test_verdicts_are_counted(ablation: Ablation) -> None:
    assert document(ablation).lines == ("3 items: 1 partly, 1 not measurable here, 1 not built yet; seed 1",)


def test_a_control_that_fails_takes_all_verdicts_back(ablation: Ablation) -> None:
    broken = msgspec.structs.replace(ablation, controls=(GOOD, BAD))
    assert ablation.is_trusted
    assert not broken.is_trusted
    assert "NO VERDICT COUNTS" in document(broken).lines[1]
    tones = [row[3].tone for grid in document(broken).grids if grid.title.startswith("Controls") for row in grid.rows]
    assert tones == ["good", "bad"]


def test_a_page_names_the_command_that_writes_it(ablation: Ablation) -> None:
    text = page(render(document(ablation)), "pulse bench --ablate --markdown page.md")
    assert text.splitlines()[2] == "Generated by `pulse bench --ablate --markdown page.md`; do not edit."
    assert "| 3.1 Central cache manager |" in text
