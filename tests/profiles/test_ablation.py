"""The experiments there are, and a small ablation from its plan to its outcomes."""

from collections.abc import Iterator

import pytest

from profiles.ablation.catalogue import EXPERIMENTS, experiments_of
from profiles.ablation.experiment import Figures, Traffic, in_virtual_time
from profiles.ablation.jobs import Job, perform
from profiles.ablation.run import Plan, jobs_of, run_ablation
from profiles.ablation.structure import as_it_is, code_figures
from profiles.arms import ArmSpec, phase_arm
from profiles.workload import list_workloads, load_workload
from reports.ablation import Ablation, Outcome
from reports.verdicts import Unjudged
from service.core.errors import ConfigError
from service.roadmap import ITEMS, LAST_PHASE, switch_keys

SMALL = Plan(phase=3, items=("1.2", "3.3"), workload="quiet", minutes=1.0)


@pytest.fixture(scope="module")
def ablation() -> Ablation:
    return run_ablation(SMALL)


def outcome(ablation: Ablation, key: str) -> Outcome:
    return next(one for one in ablation.outcomes if one.item == key)


def test_every_item_has_one_experiment_in_the_roadmaps_order() -> None:
    assert [one.item for one in EXPERIMENTS] == [item.key for item in ITEMS]


def test_every_experiment_can_be_carried_out() -> None:
    for one in EXPERIMENTS:
        assert set(one.needs) <= set(switch_keys())
        for traffic in (one.traffic, *one.elsewhere):
            assert traffic.workload in {"", *list_workloads()}


def test_what_is_not_built_is_shown_and_not_measured() -> None:
    unbuilt = [item.key for item in ITEMS if not item.built]
    plan = Plan(phase=3, items=("2.1", *unbuilt), workload="quiet", minutes=0.25)
    outcomes = run_ablation(plan).outcomes
    assert [one.item for one in outcomes if one.verdict == "not built yet"] == unbuilt
    assert [one.in_phase is None for one in outcomes] == [False, *(True for _ in unbuilt)]


def test_every_built_switch_of_phases_1_to_3_is_judged() -> None:
    unjudged = [one.item for one in experiments_of(3) if isinstance(one.claim, Unjudged)]
    assert unjudged == ["2.1", "2.2", "2.3"]


def test_a_switch_is_compared_in_the_phase_and_alone(ablation: Ablation) -> None:
    found = outcome(ablation, "3.3")
    assert found.in_phase is not None
    assert found.alone is not None
    assert (found.in_phase.off_arm, found.in_phase.on_arm) == ("phase-3 -3.3", "phase-3")
    assert (found.alone.off_arm, found.alone.on_arm) == ("phase-0", "phase-0 +3.3")
    assert found.in_phase.off is not None
    assert found.in_phase.on is not None
    assert found.in_phase.on < found.in_phase.off


def test_what_is_measured_for_several_items_is_measured_once(ablation: Ablation) -> None:
    names = sorted(arm.name for arm in ablation.arms)
    assert names == [
        "phase-0",
        "phase-0 +1.2",
        "phase-0 +3.3",
        "phase-3",
        "phase-3 +null",
        "phase-3 +slow",
        "phase-3 -1.2",
        "phase-3 -3.3",
    ]


def test_the_planted_switches_are_seen_for_what_they_are(ablation: Ablation) -> None:
    assert [(one.name, one.found) for one in ablation.controls] == [("null", "no effect"), ("slow", "refuted")]
    assert ablation.is_trusted


def test_the_whole_is_carried_by_the_report(ablation: Ablation) -> None:
    assert all(arm.figures["response_ms_mean"] > 0 for arm in ablation.arms)
    assert {len(one.digest) for one in ablation.outcomes} == {64}
    assert outcome(ablation, "1.2").command == (
        "pulse bench --ablate --items 1.2 --phase 3 --seed 1 --workload quiet --minutes 1"
    )


def test_the_command_of_an_item_gives_the_same_outcome(ablation: Ablation) -> None:
    again = run_ablation(Plan(phase=3, items=("1.2",), workload="quiet", minutes=1.0))
    assert again.outcomes == (outcome(ablation, "1.2"),)
    assert again.controls == ablation.controls


def test_progress_counts_every_measurement() -> None:
    ticks: list[int] = []
    jobs = [Job(in_virtual_time, phase_arm(0), Traffic("quiet", 0.5))]
    perform([*jobs, *jobs], 1, ticks.append)
    assert ticks == [1]


def test_an_item_alone_has_what_it_cannot_work_without() -> None:
    names = {job.arm.name for job in jobs_of(Plan(phase=3, items=("3.2",)))}
    assert {"phase-0 +3.1", "phase-0 +3.1 +3.2"} <= names


def test_own_traffic_replaces_that_of_every_item_and_other_traffic() -> None:
    assert {job.traffic for job in jobs_of(SMALL)} == {Traffic("quiet", 1.0)}


def test_structure_is_measured_without_traffic() -> None:
    jobs = [job for job in jobs_of(Plan(phase=2, items=("2.1",), minutes=1.0)) if job.traffic.workload != "quiet"]
    assert jobs == [Job(as_it_is, phase_arm(2), Traffic(""))]


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (Plan(phase=3, items=("9.9",)), "no roadmap item '9.9'"),
        (Plan(phase=99), "no phase 99"),
        (Plan(phase=3, workload="nope"), "no such workload"),
    ],
)
def test_what_cannot_be_measured_is_refused(plan: Plan, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        run_ablation(plan)


def test_an_item_of_a_later_phase_is_added_to_the_phase() -> None:
    names = {job.arm.name for job in jobs_of(Plan(phase=1, items=("3.1",)))}
    assert {"phase-1", "phase-1 +3.1", "phase-0", "phase-0 +3.1"} <= names


def test_the_last_phase_shows_all_items_and_an_earlier_one_its_own() -> None:
    assert Plan(phase=LAST_PHASE).experiments == EXPERIMENTS
    assert [one.item for one in Plan(phase=1).experiments] == ["1.1", "1.2", "1.3", "1.4"]


def counting(arm: ArmSpec, _traffic: Traffic, seed: int) -> Figures:
    """A measurer that takes no time."""
    return {"phase": float(arm.phase), "seed": float(seed)}


def test_real_measurements_are_repeated_and_their_medians_count() -> None:
    ticks: list[int] = []
    job = Job(counting, phase_arm(1), Traffic(""), real=True, repeats=2)
    assert perform([job], 7, ticks.append) == {job: {"phase": 1.0, "seed": 7.0}}
    assert ticks == [1, 1]


def sources() -> Iterator[tuple[str, str]]:
    yield "service/commands/one.py", "class One:\n    async def handle(self, request):\n        return 1\n"
    yield "service/commands/rules.py", "def r(request: Request) -> Result | None:\n    return None\n"
    yield "service/commands/two.py", "def r(request: Request) -> Result | None:\n    return None if request else 1\n"


def test_the_code_is_counted() -> None:
    imports = {
        "service.commands.one": frozenset({"service.reply.text", "service.commands.two", "service.core.money"}),
        "service.reply.text": frozenset({"service.commands.one"}),
    }
    assert code_figures(dict(sources()), imports) == {
        "complexity_most": 2.0,
        "complexity_of_commands_most": 2.0,
        "import_cycles": 1.0,
        "imports_between_stages": 2.0,
        "imports_of_replies_by_commands": 1.0,
        "rules_outside_of_rules": 1.0,
        "lines_per_file_mean": pytest.approx(7 / 3),
        "lines_per_file_most": 3.0,
        "lines_per_handler_mean": 2.0,
    }


@pytest.mark.no_cover  # what runs here others cover, and tracing it takes three times as long
def test_the_workload_with_a_restart_measures_what_comes_after_it() -> None:
    workload = load_workload("restart")
    assert workload.restart_at_minutes is not None
    warm = in_virtual_time(phase_arm(3), Traffic("restart", 2.0), 1)
    cold = in_virtual_time(phase_arm(3, "-3.2"), Traffic("restart", 2.0), 1)
    assert warm["answered"] == cold["answered"] < 200
    assert cold["warm_calls"] == 0 < warm["warm_calls"]
    assert warm["hit_rate"] > cold["hit_rate"]
