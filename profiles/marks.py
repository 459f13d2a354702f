"""What a bot has counted by the end of each interval of a run, read without disturbing it."""

import msgspec

from service.bot import Bot

__all__ = ["INTERVALS", "Mark", "interval_ends", "mark_of"]

INTERVALS = 60
"""Into how many equal parts a timeline cuts the traffic: a minute each of the reference workload's hour."""


class Mark(msgspec.Struct, frozen=True):
    """Counts since the start at one moment, in seconds from the start of the trace.

    `hits` and `asked` are cacheable reads, `waiting` the messages in the lanes that nobody works on yet.
    """

    at_s: float
    hits: int
    asked: int
    upstream_calls: int
    redis_round_trips: int
    waiting: int


def interval_ends(begin_s: float, end_s: float) -> list[float]:
    """The ends of the intervals between two times."""
    length_s = (end_s - begin_s) / INTERVALS
    return [begin_s + length_s * number for number in range(1, INTERVALS + 1)]


def mark_of(bot: Bot, at_s: float, round_trips_before: int) -> Mark:
    """What the bot has counted by now; it had made so many round trips to the store before the run."""
    reads = bot.meter.by_label("reads")
    return Mark(
        at_s=at_s,
        hits=sum(count for label, count in reads.items() if label.endswith(":hit")),
        asked=sum(count for label, count in reads.items() if label.endswith(":asked")),
        upstream_calls=sum(bot.meter.by_label("upstream_calls").values()),
        redis_round_trips=bot.message_round_trips - round_trips_before,
        waiting=bot.lanes.waiting,
    )
