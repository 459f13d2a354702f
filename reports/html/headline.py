"""The first thing that a reader sees: what changed, by how much, beside which limit, and what nobody measured."""

from collections.abc import Iterator

import msgspec

from reports.bench_tables import arm_label
from reports.compare import Row, compare
from reports.html.chart import capital
from reports.metrics import Metric, figure
from reports.model import Arm, Run

__all__ = ["Card", "cards", "headline", "is_evidence", "missing", "title"]

_KEYS = frozenset(
    {"response_ms_mean", "hit_rate", "rss_mb_settled", "upstream_calls_per_message", "cpu_ms_per_message"}
)
_CARDS = _KEYS | {"response_ms_p99", "redis_round_trips_per_message"}
_LIMITS = {
    "response_ms_mean": "calls that change something, which no cache can save, take {}",
    "hit_rate": "the best possible on this trace is {}",
    "upstream_calls_per_message": "the fewest possible are {}",
}
_LEAST_ARMS = 3
_ONLY = " in this run"


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """One metric in large: the last arm's figure, beside those of the first arm, the target and the limit.

    `places` are positions from 0 to 1 on the card's scale, by what is there.
    """

    title: str
    value: str
    unit: str
    change: str
    tone: str
    facts: tuple[str, ...]
    places: dict[str, float]


def title(run: Run) -> str:
    """The run in one line: how much less time the last arm takes than the first."""
    rows = _rows(run)
    row, last = rows["response_ms_mean"], arm_label(run.arms[-1])
    if row.change is None or len(run.arms) == 1:
        return capital(f"{last} answers in {_with_unit(row.metric, row.candidate or 0.0)} on average")
    if not row.change.absolute or row.change.relative is None:
        return capital(f"{last} answers as fast as {arm_label(run.arms[0])}")
    share = f"{abs(row.change.relative):.1%}".replace("%", " %")
    more = "less" if row.change.absolute < 0 else "more"
    said = capital(f"{last} takes {share} {more} time to answer than {arm_label(run.arms[0])}")
    return said if is_evidence(row.metric, run) else f"{said}{_ONLY}"


def headline(run: Run) -> tuple[str, ...]:
    """A sentence for each main metric that was measured, and for what pairs of messages say."""
    rows = _rows(run)
    said = [_sentence(row, run) for key, row in rows.items() if key in _KEYS and row.candidate is not None]
    return (*said, *_paired(run))


def cards(run: Run) -> tuple[Card, ...]:
    """The main metrics that were measured."""
    rows = _rows(run)
    return tuple(_card(row, run) for key, row in rows.items() if key in _CARDS and row.candidate is not None)


def missing(run: Run) -> tuple[str, ...]:
    """What a reader might look for and why it is not there."""
    found = []
    if all(arm.metrics.rss_mb_settled is None for arm in run.arms):
        found.append("Memory and CPU: no process was measured (`pulse bench` measures one unless told --no-memory).")
    if not any(arm.samples for arm in run.arms):
        found.append("Percentiles and distribution: the run keeps no single response times.")
    if not any(arm.timeline for arm in run.arms):
        found.append("Over time: the run has no timeline.")
    if len(run.arms) < _LEAST_ARMS:
        found.append("Step by step: that takes three arms or more of one trace, as several runs of other phases give.")
    if run.conditions.clock == "virtual":
        found.append("Sockets, loop lag and capacity: virtual time has none.")
    else:
        found.append("Limits, and the best possible hit rates: `pulse bench` finds them, in virtual time.")
    return tuple(found)


def is_evidence(metric: Metric, run: Run) -> bool:
    """Whether a difference between two arms of one run says something: figures of virtual time do, others vary."""
    return run.conditions.clock == "virtual" and not metric.process


def _paired(run: Run) -> list[str]:
    """How much longer the same message took than with the first arm, where the run has paired them."""
    of, last = run.arms[-1].measures, arm_label(run.arms[-1])
    if "response_ms_paired" not in of:
        return []
    middle, coverage = of["response_ms_paired"], of.get("response_ms_paired_coverage", 0.0)
    said = (
        f"The same messages, one by one: {last} takes {abs(middle):,.2f} ms {'less' if middle < 0 else 'more'} (median)"
    )
    if not coverage:
        return [f"{said}, in one round."]
    low, high = (of[f"response_ms_paired_{end}"] for end in ("low", "high"))
    return [
        f"{said}; with {coverage:.0%} confidence the difference is {low:+,.2f} to {high:+,.2f} ms.".replace("%", " %")
    ]


def _rows(run: Run) -> dict[str, Row]:
    return {row.metric.key: row for row in compare(run.arms[0], run.arms[-1])}


def _sentence(row: Row, run: Run) -> str:
    value = _with_unit(row.metric, row.candidate or 0.0)
    said = f"{row.metric.title}: {value}"
    if len(run.arms) > 1 and row.baseline is not None:
        said += f", {_change(row, run)} ({arm_label(run.arms[0])}: {_with_unit(row.metric, row.baseline)})"
    beside = [*_limit(row), *_target(row)]
    return f"{said}. {capital('; '.join(beside))}." if beside else f"{said}."


def _change(row: Row, run: Run) -> str:
    change = row.change
    if change is None or change.direction == "same":
        return "the same"
    if row.metric.unit == "%" or change.relative is None:
        amount = f"{abs(change.absolute) * row.metric.scale:.{row.metric.digits}f}"
        amount += " points" if row.metric.unit == "%" else f" {row.metric.unit}".rstrip()
    else:
        amount = f"{abs(change.relative):.1%}".replace("%", " %")
    if not is_evidence(row.metric, run):
        return f"{amount} {'more' if change.absolute > 0 else 'less'}{_ONLY}"
    return f"{amount} {change.direction}"


def _limit(row: Row) -> list[str]:
    text = _LIMITS.get(row.metric.key)
    return [text.format(_with_unit(row.metric, row.limit))] if text and row.limit is not None else []


def _target(row: Row) -> list[str]:
    if row.target is None or row.candidate is None:
        return []
    if row.target_met:
        return [f"the roadmap's {row.target.text} is met"]
    unit = "points" if row.metric.unit == "%" else row.metric.unit
    by = f"{figure(row.metric, abs(row.candidate - row.target.bound))} {unit}".rstrip()
    return [f"the roadmap's {row.target.text} is missed by {by}"]


def _with_unit(metric: Metric, value: float) -> str:
    return f"{figure(metric, value)} {metric.unit}".rstrip()


def _card(row: Row, run: Run) -> Card:
    first = run.arms[0] if len(run.arms) > 1 else None
    return Card(
        title=row.metric.title,
        value=figure(row.metric, row.candidate),
        unit=row.metric.unit,
        change=_change(row, run).removesuffix(_ONLY) if first and row.change else "",
        tone=_tone(row, run),
        facts=tuple(_facts(row, first)),
        places=_places(row, first),
    )


def _tone(row: Row, run: Run) -> str:
    if row.change is None or not is_evidence(row.metric, run):
        return "plain"
    return {"better": "good", "worse": "bad", "same": "muted"}[row.change.direction]


def _facts(row: Row, first: Arm | None) -> Iterator[str]:
    if first is not None and row.baseline is not None:
        yield f"{arm_label(first)}: {_with_unit(row.metric, row.baseline)}"
    if row.limit is not None:
        yield f"limit: {_with_unit(row.metric, row.limit)}"
    if row.target is not None:
        yield f"roadmap: {row.target.text}, {'met' if row.target_met else 'missed'}"


def _places(row: Row, first: Arm | None) -> dict[str, float]:
    """Where the figures are on a scale from 0 to the greatest of them, or to 1 of a share."""
    found = {
        "last": row.candidate,
        "base": row.baseline if first is not None else None,
        "target": row.target.bound if row.target else None,
        "limit": row.limit,
    }
    known = {name: value for name, value in found.items() if value is not None}
    top = 1.0 if row.metric.unit == "%" else max(known.values()) * 1.05
    return {name: round(min(1.0, value / top), 4) for name, value in known.items()} if top else {}
