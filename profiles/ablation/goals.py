"""What the last phase has to reach as a whole, whatever its items do one by one."""

from collections.abc import Mapping

import msgspec

from profiles.ablation.experiment import Figures, Traffic
from profiles.ablation.jobs import Job
from profiles.arms import ArmSpec, phase_arm
from profiles.bench import drawn
from profiles.experiments.overload import capacity_figures, flood_figures, overload_figures
from profiles.measure import arm_of
from profiles.virtual_run import run_arm
from profiles.workload import load_workload
from reports.ablation import Goal
from service.roadmap import LAST_PHASE

__all__ = ["GOALS", "a_usual_hour", "goal_jobs", "goals_of"]

_HOUR = f"pulse bench --phase {LAST_PHASE} --no-memory"
_LOAD = f"python -m profiles.experiments.overload --phase {LAST_PHASE}"

GOALS: tuple[tuple[str, Goal], ...] = (
    ("response_ms_mean", Goal("Response time mean, ms", 200, "lower", _HOUR)),
    ("hit_rate", Goal("Cache hit rate", 0.80, "higher", _HOUR)),
    ("hit_rate_of_best", Goal("Hit rate, of the best possible", 0.97, "higher", _HOUR)),
    ("hit_rate_of_best_refreshed", Goal("Hit rate, of the best by refreshing alone", 0.97, "higher", _HOUR)),
    ("calls_of_floor", Goal("Upstream calls, of the fewest that single flight allows", 1.05, "lower", _HOUR)),
    ("round_trips", Goal("Redis round trips per message", 4, "lower", _HOUR)),
    ("capacity_of_start", Goal("Capacity at p99 < 2 s, times that of phase 0", 5, "higher", _LOAD)),
    ("goodput_share_at_10x", Goal("Goodput at ten times the capacity, of the capacity", 0.90, "higher", _LOAD)),
    ("others_p99_change", Goal("Others' p99 while one user floods, longer by", 0.10, "lower", _LOAD)),
)
"""By the figure that decides. Shares and ratios are plain numbers."""


def a_usual_hour(arm: ArmSpec, traffic: Traffic, seed: int) -> Figures:
    """The arm on the reference workload, beside the limits of that trace."""
    workload = load_workload(traffic.workload)
    found = arm_of(run_arm(arm, workload, drawn(workload, seed, traffic.minutes)), None)
    metrics, limits = found.metrics, found.limits
    return {
        "response_ms_mean": metrics.response_ms_mean,
        "hit_rate": metrics.hit_rate,
        "hit_rate_of_best": metrics.hit_rate / (limits.hit_rate_best or 1),
        "hit_rate_of_best_refreshed": metrics.hit_rate / (limits.hit_rate_best_refreshed or 1),
        "calls_of_floor": metrics.upstream_calls_per_message / (limits.upstream_calls_per_message_floor_unbatched or 1),
        "round_trips": metrics.redis_round_trips_per_message,
    }


def goal_jobs() -> list[Job]:
    """All that the goals are measured by."""
    start, end = phase_arm(0), phase_arm(LAST_PHASE)
    return [
        Job(a_usual_hour, end, Traffic("reference")),
        Job(_capacity, start, Traffic("overload")),
        Job(_under_load, end, Traffic("overload")),
        Job(_beside_a_flood, end, Traffic("flood")),
    ]


def goals_of(figures: Mapping[Job, Figures]) -> tuple[Goal, ...]:
    """What has become of them."""
    hour, start, load, flood = (figures[job] for job in goal_jobs())
    capacities = {"capacity_of_start": load["capacity_per_s"] / start["capacity_per_s"]}
    found = {**hour, **load, **flood, **capacities}
    return tuple(msgspec.structs.replace(goal, found=found[measure]) for measure, goal in GOALS)


def _capacity(arm: ArmSpec, _traffic: Traffic, seed: int) -> Figures:
    return capacity_figures(arm, seed)


def _under_load(arm: ArmSpec, _traffic: Traffic, seed: int) -> Figures:
    return overload_figures(arm, seed)


def _beside_a_flood(arm: ArmSpec, _traffic: Traffic, seed: int) -> Figures:
    return flood_figures(arm, seed)
