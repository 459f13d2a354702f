"""When sessions begin."""

from collections.abc import Iterator, Sequence

import msgspec

from profiles.chance import Chance
from profiles.workload_model import Workload

__all__ = ["messages_per_session", "session_starts"]


def messages_per_session(workload: Workload) -> float:
    """The mean number of messages of one session, without copies: commands and the answers to what they ask."""
    mix, answers = workload.mix, workload.sends.answers
    weights: dict[str, float] = msgspec.structs.asdict(mix)
    total = sum(weights.values())
    corrected = answers.amount / (answers.yes + answers.no + answers.amount)
    fresh_share = 1 - workload.sessions.revisit_share * (1 - 1 / workload.sessions.commands)
    follow_ups = weights["send"] / total * (1 + corrected) + (weights["link"] + weights["unlink"]) / total
    return workload.sessions.commands * (1 + fresh_share * follow_ups)


def session_starts(workload: Workload, horizon_s: float, chance: Chance) -> Iterator[float]:
    """Times in seconds below the horizon: gaps of the asked burstiness, stretched where the rate is low.

    The curve spans the workload's own duration, and repeats where the horizon is further away.
    """
    rate = workload.arrivals.messages_per_s / messages_per_session(workload)
    curve = workload.arrivals.diurnal
    part_s = workload.duration_minutes * 60 / len(curve)
    mean = sum(curve) / len(curve)
    work = chance.uniform() * chance.gamma(workload.arrivals.cv)  # the first gap began before the run
    while (at_s := _when(work / rate, [weight / mean for weight in curve], part_s)) < horizon_s:
        yield at_s
        work += chance.gamma(workload.arrivals.cv)


def _when(load_s: float, curve: Sequence[float], part_s: float) -> float:
    """The time by which the curve, whose mean is 1, has added up to this many seconds of mean load."""
    rounds, load_s = divmod(load_s, part_s * len(curve))
    at_s = rounds * part_s * len(curve)
    for weight in curve:
        if load_s < weight * part_s:
            return at_s + load_s / weight
        load_s -= weight * part_s
        at_s += part_s
    return at_s
