"""Two runs against each other."""

import msgspec
import pytest

from reports.comparison import Comparison, Pairs, compare_runs, paired
from reports.comparison_view import document, facts
from reports.markdown import render
from reports.model import Conditions, Run, RunError, Samples
from tests.reports.history.kit import METRICS, arm_of, run_of


def compared(before: Run, after: Run, *, arm: str | None = None, force: bool = False) -> Comparison:
    return compare_runs(("run 1", before), ("run 2", after), arm=arm, force=force)


def with_conditions(run: Run, **others: str) -> Run:
    return msgspec.structs.replace(run, conditions=msgspec.structs.replace(run.conditions, **others))


def with_times(*response_ms: float | None) -> Samples:
    count = len(response_ms)
    return Samples(at_s=tuple(map(float, range(count))), commands=("help",) * count, response_ms=response_ms)


def test_the_last_arms_come_last_after_those_that_both_have() -> None:
    before, after = run_of(arm_of("phase-0"), arm_of("phase-3")), run_of(arm_of("phase-0"), arm_of("phase-6"))
    found = [(one.before.name, one.after.name) for one in compared(before, after).arms]
    assert found == [("phase-0", "phase-0"), ("phase-3", "phase-6")]


def test_the_same_arms_are_compared_by_name() -> None:
    found = compared(run_of(), run_of())
    assert [(one.before.name, one.after.name) for one in found.arms] == [("phase-0", "phase-0"), ("phase-6", "phase-6")]
    assert all(one.is_same for one in found.arms)
    assert found.differences == ()


def test_one_arm_can_be_asked_for() -> None:
    assert [one.after.name for one in compared(run_of(), run_of(), arm="phase-0").arms] == ["phase-0"]
    with pytest.raises(RunError, match="no arm 'phase-9': the run has phase-0, phase-6; name one"):
        compared(run_of(), run_of(), arm="phase-9")


@pytest.mark.parametrize(
    ("after", "why"),
    [
        (
            run_of(digest="other"),
            r"workload reference of 60 minutes with seed 7 \(trace 3fa9c2\) and",
        ),
        (with_conditions(run_of(), clock="real"), "one is of virtual time and the other of real time"),
    ],
)
def test_other_traffic_or_another_clock_is_refused_unless_forced(after: Run, why: str) -> None:
    with pytest.raises(RunError, match=f"cannot compare run 1 with run 2: .*{why}.*add --force"):
        compared(run_of(), after)
    forced = compared(run_of(), after, force=True)
    assert (forced.is_forced, forced.is_exact) == (True, False)
    assert document(forced).notes[0].startswith("THE RUNS ARE OF DIFFERENT TRAFFIC OR CLOCKS")


def test_forcing_what_needs_no_force_changes_nothing() -> None:
    assert compared(run_of(), run_of(), force=True) == compared(run_of(), run_of())


def test_other_conditions_are_named() -> None:
    after = with_conditions(run_of(), python="3.12.0", processor="Another")
    differences = compared(run_of(), after).differences
    assert [(one.what, one.before, one.after) for one in differences] == [
        ("processor", "A processor", "Another"),
        ("Python", "3.11.7", "3.12.0"),
    ]


def test_switches_that_differ_are_named() -> None:
    after = msgspec.structs.replace(arm_of("phase-6 -1.1"), switches=())
    (difference,) = compared(run_of(arm_of()), run_of(after)).differences
    assert (difference.before, difference.after) == ("phase-6: 1.1 3.2", "phase-6 -1.1: all off")


def test_messages_are_compared_one_by_one() -> None:
    before = msgspec.structs.replace(arm_of(), samples=with_times(10.0, 20.0, 30.0, None, 50.0, None))
    after = msgspec.structs.replace(arm_of(), samples=with_times(10.0, 25.0, 28.0, 40.0, None, None))
    assert paired(before, after) == Pairs(slower=1, faster=1, same=1, only_before=1, only_after=1, median_ms=1.5)


@pytest.mark.parametrize("samples", [None, with_times(1.0)])
def test_without_the_same_messages_there_are_no_pairs(samples: Samples | None) -> None:
    other = msgspec.structs.replace(arm_of(), samples=samples)
    assert paired(arm_of(), other) is None


def test_what_did_not_change_is_said_in_a_line_and_not_in_tables() -> None:
    page = document(compared(run_of(), run_of()))
    assert page.lines[2:] == tuple(
        f"phase {phase}: no exact figure differs; message by message 0 slower, 0 faster, 3 the same" for phase in (0, 6)
    )
    assert [grid.title for grid in page.grids] == ["phase 6"]


def test_what_changed_is_shown_with_its_direction() -> None:
    text = render(document(compared(run_of(), run_of(arm_of("phase-0"), arm_of(mean_ms=250.0)))))
    assert "## Compare: run 2 against run 1" in text
    assert "phase 6: 1 exact figure differs; message by message 0 slower, 3 faster, 0 the same" in text
    assert "differences with a median of -250.0 ms" in text
    assert "| Response time mean, ms | 500.0 | 250.0 | -50.0 % better |" in text
    assert "run 1: commit 827027b0, started 2026-01-05 08:00 UTC" in text


def test_memory_and_cpu_are_no_evidence() -> None:
    heavier = msgspec.structs.replace(METRICS, rss_mb_settled=90.0)
    after = run_of(arm_of("phase-0"), msgspec.structs.replace(arm_of(), metrics=heavier))
    page = document(compared(run_of(), after))
    assert "no exact figure differs" in page.lines[-1]
    assert page.notes[-1].startswith("Memory and CPU are of two single runs")


def test_real_time_is_no_evidence_at_all() -> None:
    run = with_conditions(run_of(), clock="real")
    found = compared(run, run)
    assert not found.is_exact
    assert "`pulse gate`" in document(found).notes[0]


def test_a_program_gets_figures_and_differences() -> None:
    after = run_of(arm_of(mean_ms=250.0))
    found = msgspec.json.decode(msgspec.json.encode(facts(compared(run_of(arm_of()), after))))
    (arm,) = found["arms"]
    assert (found["before"], found["after"], found["exact"]) == ("run 1", "run 2", True)
    assert arm["metrics"]["response_ms_mean"] == {
        "before": 500.0,
        "after": 250.0,
        "change": {"absolute": -250.0, "relative": -0.5, "direction": "better"},
    }
    assert arm["pairs"]["faster"] == 3


def test_a_run_without_conditions_can_be_compared() -> None:
    run = msgspec.structs.replace(run_of(), conditions=Conditions())
    assert document(compared(run, run)).lines[0] == "run 1: started some time"
