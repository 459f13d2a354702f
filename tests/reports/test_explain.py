import msgspec

from reports.explain import explain, shortfalls
from reports.model import Arm, Conditions, Limits, Run


def about(notes: tuple[str, ...], word: str) -> list[str]:
    return [note for note in notes if word in note]


def test_figures_of_virtual_time_are_called_that(run: Run) -> None:
    assert about(explain(run), "virtual time")


def test_figures_of_real_time_are_not_called_virtual(run: Run) -> None:
    real = msgspec.structs.replace(run, conditions=Conditions(clock="real"))
    assert not about(explain(real), "virtual")
    assert about(explain(real), "real time")


def test_memory_and_cpu_are_said_to_come_from_a_process(run: Run) -> None:
    assert about(explain(run), "Memory and CPU come from a real process")


def test_memory_that_was_not_measured_is_said_to_be_missing(run: Run) -> None:
    arms = tuple(
        msgspec.structs.replace(arm, metrics=msgspec.structs.replace(arm.metrics, rss_mb_settled=None))
        for arm in run.arms
    )
    notes = explain(msgspec.structs.replace(run, arms=arms))
    assert about(notes, "Memory and CPU") == ["Memory and CPU were not measured."]


def test_from_phase_2_on_it_is_said_that_phase_2_has_no_switches(run: Run) -> None:
    assert about(explain(run), "Phase 2")


def test_below_phase_2_nothing_is_said_about_it(run: Run, candidate: Arm) -> None:
    arms = (run.arms[0], msgspec.structs.replace(candidate, name="phase-1"))
    assert not about(explain(msgspec.structs.replace(run, arms=arms)), "Phase 2")


def test_a_missed_target_within_reach_is_explained_with_its_limit(baseline: Arm, candidate: Arm) -> None:
    assert shortfalls(baseline, candidate)[1] == (
        "Cache hit rate 72.0 % misses the roadmap's > 80 % by 8.0 points. "
        "The best possible on this trace, with the same freshness, is 90.0 %: that alone does not rule the target out."
    )


def test_a_target_beyond_the_limit_is_said_to_be_out_of_reach(baseline: Arm, candidate: Arm) -> None:
    capped = msgspec.structs.replace(candidate, limits=Limits(hit_rate_best=0.78, hit_rate_best_on_demand=0.75))
    assert about(shortfalls(baseline, capped), "is 78.0 %: no cache and no order of calls reaches the target")


def test_a_missed_target_without_a_limit_is_still_named(baseline: Arm, candidate: Arm) -> None:
    unlimited = msgspec.structs.replace(candidate, limits=Limits())
    assert shortfalls(baseline, unlimited)[0] == (
        "Response time mean 250.0 ms misses the roadmap's < 200 ms by 50.0 ms. Of it, price makes 240.0 ms."
    )


def test_targets_that_are_met_need_no_explanation(baseline: Arm, candidate: Arm) -> None:
    good = msgspec.structs.replace(candidate.metrics, response_ms_mean=150.0, hit_rate=0.85)
    assert shortfalls(baseline, msgspec.structs.replace(candidate, metrics=good)) == ()


def test_the_notes_of_the_run_come_last(run: Run) -> None:
    assert explain(run)[-1] == "One thing more."
