"""What a profile says: shares of processor time, of waiting and of memory by name, and what moved between two of them.

Pure functions of counts. Sampled views are judged as counts of rare events, exact ones by their difference.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from statistics import NormalDist
from types import MappingProxyType
from typing import Literal

import msgspec

__all__ = [
    "ALARM",
    "VIEWS",
    "Change",
    "Comparison",
    "Growth",
    "Profile",
    "Report",
    "Share",
    "View",
    "compare",
    "dump",
    "merged",
    "share_of",
]

ALARM = 0.01
"""The chance that a comparison of two profiles of the same program names anything at all in a sampled view."""

_LEAST_SHARE = 0.005  # of the view's total: what is smaller is of no interest, however certain


class View(msgspec.Struct, frozen=True):
    """A way to look at a profile. Values of a sampled view are estimates from counts, others are exact."""

    key: str
    title: str
    name: str
    unit: str
    is_sampled: bool


VIEWS: Mapping[str, View] = MappingProxyType(
    {
        view.key: view
        for view in (
            View("commands", "CPU time by command", "command", "ms/msg", is_sampled=True),
            View("functions", "CPU time by function, callees not included", "function", "ms/msg", is_sampled=True),
            View("sites", "CPU time by the bot's own line, libraries included", "line", "ms/msg", is_sampled=True),
            View("items", "CPU time by roadmap item", "item", "ms/msg", is_sampled=True),
            View("packages", "CPU time by package", "package", "ms/msg", is_sampled=True),
            View("waits", "What messages wait for", "line", "ms/msg", is_sampled=True),
            View("waits-by-command", "Waiting by command", "command", "ms/msg", is_sampled=True),
            View("upstream", "Requests to Flash", "operation", "calls/msg", is_sampled=False),
            View("heap-packages", "Live memory by package", "package", "KB", is_sampled=False),
            View("heap-items", "Live memory by roadmap item", "item", "KB", is_sampled=False),
            View("heap-sites", "Live memory by allocating line", "line", "KB", is_sampled=False),
        )
    }
)
"""All views, in the order in which they are shown."""

_FLOORS = {"upstream": 0.005, "heap-packages": 150.0, "heap-items": 16.0, "heap-sites": 40.0}
"""What two runs of the same arm may differ by: two 64 KiB buffers of connections that are open at that moment, a
module whose code was needed once, a dictionary that happened to grow."""

_LEAST_CHANGE = 0.003  # of the name's own memory, beside the floor


class Share(msgspec.Struct, frozen=True):
    """A name's value in the unit of its view, and from how many samples, calls or blocks it comes."""

    name: str
    value: float
    count: int


class Growth(msgspec.Struct, frozen=True, kw_only=True):
    """Live bytes after each round of the same traffic, and their slope per message with its interval.

    `site` is the allocating line, "" for all of them that are no tables: lines that fill a table up to its bound.
    """

    site: str
    live_bytes: tuple[int, ...]
    bytes_per_message: float
    low: float
    high: float
    grows: bool
    is_table: bool = False


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """One arm under one profiler. `figures` are plain numbers of the run by name, with their unit in it.

    `slowdown` is what the profiled bot needed of processor time, as a factor of one that is left alone.
    """

    arm: str
    kind: Literal["cpu", "memory", "leaks"]
    messages: int
    figures: Mapping[str, float] = {}
    views: Mapping[str, tuple[Share, ...]] = {}
    growth: tuple[Growth, ...] = ()
    slowdown: Mapping[str, float] = {}
    files: Mapping[str, str] = {}
    notes: tuple[str, ...] = ()


class Change(msgspec.Struct, frozen=True):
    """A name whose value moved between two profiles; the values are in the view's unit."""

    name: str
    before: float
    after: float

    @property
    def difference(self) -> float:
        """What came, or went."""
        return self.after - self.before


class Comparison(msgspec.Struct, frozen=True):
    """What moved between two arms: by the key of the view, the largest first. A view without a change is empty."""

    before: str
    after: str
    changes: Mapping[str, tuple[Change, ...]]
    totals: Mapping[str, tuple[float, float]]


class Report(msgspec.Struct, frozen=True):
    """What a command has to say: profiles of one or more arms, and what moved between the first and the last."""

    profiles: tuple[Profile, ...]
    comparison: Comparison | None = None


def dump(report: Report, path: Path) -> None:
    """Writes a report as JSON."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n")


def merged(one: Profile, other: Profile) -> Profile:
    """Two profiles of the same arm and traffic as one: means of the values, sums of the counts."""
    keys = [key for key in one.views if key in other.views]
    return msgspec.structs.replace(
        one,
        figures={name: (one.figures[name] + other.figures[name]) / 2 for name in one.figures if name in other.figures},
        views={key: _both(one.views[key], other.views[key]) for key in keys},
    )


def _both(one: tuple[Share, ...], other: tuple[Share, ...]) -> tuple[Share, ...]:
    old, new = ({each.name: each for each in shares} for shares in (one, other))
    pairs = [
        (old.get(name, Share(name, 0.0, 0)), new.get(name, Share(name, 0.0, 0))) for name in old.keys() | new.keys()
    ]
    shares = [Share(a.name, (a.value + b.value) / 2, a.count + b.count) for a, b in pairs]
    return tuple(sorted(shares, key=lambda each: (-each.value, each.name)))


def share_of(part: Share, view: tuple[Share, ...]) -> float:
    """The part's share of its view, 0 to 1."""
    total = math.fsum(each.value for each in view)
    return part.value / total if total else 0.0


def compare(before: Profile, after: Profile) -> Comparison:
    """What moved beyond chance, in every view that both have.

    In a sampled view counts are taken as Poisson, and two values as different when they lie further apart than
    `ALARM`, divided by the number of names in the view (Bonferroni), allows of a normal variable. In an exact view,
    when they lie further apart than a floor: a buffer that happened to be in use is no finding.
    """
    keys = [key for key in VIEWS if key in before.views and key in after.views]
    return Comparison(
        before.arm,
        after.arm,
        {key: _changes(VIEWS[key], before.views[key], after.views[key]) for key in keys},
        {name: (before.figures[name], after.figures[name]) for name in before.figures if name in after.figures},
    )


def _changes(view: View, before: tuple[Share, ...], after: tuple[Share, ...]) -> tuple[Change, ...]:
    old, new = ({each.name: each for each in shares} for shares in (before, after))
    names = sorted(old.keys() | new.keys())
    weights = _weight(before), _weight(after)
    reach = NormalDist().inv_cdf(1 - ALARM / 2 / max(1, len(names)))
    least = _LEAST_SHARE * max(math.fsum(each.value for each in shares) for shares in (before, after))
    found = []
    for name in names:
        one, other = old.get(name, Share(name, 0.0, 0)), new.get(name, Share(name, 0.0, 0))
        error = math.hypot(weights[0] * math.sqrt(one.count), weights[1] * math.sqrt(other.count))
        floor = _FLOORS.get(view.key, 0.0) + (_LEAST_CHANGE * max(one.value, other.value) if view.unit == "KB" else 0.0)
        bound = max(least, reach * error) if view.is_sampled else floor
        if abs(other.value - one.value) > bound:
            found.append(Change(name, one.value, other.value))
    return tuple(sorted(found, key=lambda each: (-abs(each.difference), each.name)))


def _weight(shares: tuple[Share, ...]) -> float:
    """What one sample stands for, in the unit of the view."""
    count = sum(each.count for each in shares)
    return math.fsum(each.value for each in shares) / count if count else 0.0
