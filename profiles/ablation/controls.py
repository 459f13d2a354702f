"""Does the bench see what is there, and nothing else? Two planted switches go through all that an item goes through."""

from collections.abc import Mapping

from profiles.ablation.experiment import Figures, Traffic, in_virtual_time
from profiles.ablation.jobs import Job
from profiles.arms import ArmSpec, phase_arm, planted_arm
from reports.ablation import Control
from reports.measures import measure_named
from reports.verdicts import Gain, Judgement, Pair, judge

__all__ = ["control_jobs", "controls_of"]

_MEASURE = "response_ms_mean"


def control_jobs(phase: int, workload: str | None, minutes: float | None) -> list[Job]:
    """The phase as it is, with a switch that does nothing, and with one that slows every message down."""
    return [_job(arm, workload, minutes) for arm in _arms(phase)]


def controls_of(
    phase: int, workload: str | None, minutes: float | None, figures: Mapping[Job, Figures]
) -> tuple[Control, ...]:
    """What became of both. Nothing at all may differ by the first; the second has to be found worse."""
    as_it_is, null, slow = (figures[_job(arm, workload, minutes)] for arm in _arms(phase))
    nothing, late = _anything(as_it_is, null), _judged(_MEASURE, as_it_is, slow)
    return (
        Control("null", "a switch that does nothing", "no effect", nothing.verdict, nothing.why),
        Control("slow", "a switch that keeps every message waiting", "refuted", late.verdict, late.why),
    )


def _arms(phase: int) -> tuple[ArmSpec, ArmSpec, ArmSpec]:
    return phase_arm(phase), planted_arm(phase, "null"), planted_arm(phase, "slow")


def _job(arm: ArmSpec, workload: str | None, minutes: float | None) -> Job:
    return Job(in_virtual_time, arm, Traffic(workload or "quiet", minutes))


def _anything(off: Figures, on: Figures) -> Judgement:
    """The verdict on the first figure that differs, of all there are."""
    differing = sorted(key for key in off.keys() | on.keys() if off.get(key) != on.get(key))
    return _judged(differing[0] if differing else _MEASURE, off, on)


def _judged(measure: str, off: Figures, on: Figures) -> Judgement:
    return judge(Gain(), measure_named(measure).better, Pair(off.get(measure), on.get(measure)), Pair())
