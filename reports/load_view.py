"""A load run as a page: at its end, and while it goes on."""

from collections.abc import Sequence

import msgspec

from reports.document import Cell, Column, Document, Grid, cells
from reports.load import LoadRun, Window
from reports.rss import Growth, Rss, SlopeLimit, unjudged
from reports.slo import Outcome, shown

__all__ = ["Look", "document", "live"]

_MOST_WINDOWS = 24


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """The run as it stands: all counts from its start, percentiles of the last few seconds."""

    target: str
    profile: str
    at_s: float
    seconds: float
    rate_per_s: float
    sent: int
    answered: int
    refused: int
    late_ms: float
    p50_ms: float | None
    p99_ms: float | None
    rss_mb: float | None = None
    outcome: Outcome | None = None


def live(look: Look) -> Document:
    """The page while it goes on."""
    memory = "" if look.rss_mb is None else f"; RSS {_mb(look.rss_mb)}"
    return Document(
        title=f"{look.profile} on {look.target}: {look.at_s:,.0f} of {look.seconds:,.0f} s",
        lines=(
            f"now {look.rate_per_s:,.1f}/s; {look.sent:,} sent, {look.answered:,} answered; refused: {look.refused:,}",
            f"last seconds: p50 {_ms(look.p50_ms)}, p99 {_ms(look.p99_ms)}{memory}; generator late {_ms(look.late_ms)}",
        ),
        grids=(_limits(look.outcome, "Thresholds so far"),) if look.outcome else (),
    )


def document(run: LoadRun) -> Document:
    """The page at its end."""
    title = "Thresholds, over the whole run" if run.shape == "breakpoint" else "Thresholds"
    grids = [_limits(run.outcome, title)] if run.outcome else []
    return Document(
        title=f"Load {run.profile} on {run.target} (real time, seed {run.seed})",
        lines=tuple(_lines(run)),
        grids=(
            *grids,
            _windows(
                _joined(run.windows, _MOST_WINDOWS), "unanswered" if run.seen == "replies" else "not accepted", run.rss
            ),
        ),
        notes=run.notes,
    )


def _lines(run: LoadRun) -> list[str]:
    summary = run.response_ms
    what = "replies" if run.seen == "replies" else "webhooks accepted (REPLIES ARE NOT SEEN from here)"
    answered = summary.count if summary else 0
    missing = "not yet, when it was stopped" if run.stopped else "not"
    lines = [
        f"{run.messages:,} messages in {run.seconds:,.1f} s; {answered:,} {what}, {run.messages - answered:,} {missing}"
    ]
    if summary:
        lines.append(
            f"mean {_ms(summary.mean)}, p50 {_ms(summary.p50)}, p90 {_ms(summary.p90)}, p99 {_ms(summary.p99)}"
        )
    lines.append(
        f"generator: {_ms(run.generator.late_ms_p99)} late at p99, {_ms(run.generator.late_ms_max)} at most; "
        f"{run.generator.cpu_share:.0%} of a core; answers of the webhook: {_counts(run.statuses)}"
    )
    if run.bot:
        lines.append(
            f"bot: {run.bot.cpu_share:.0%} of a core, RSS {run.bot.rss_mb_begin:,.1f} MB before, "
            f"{run.bot.rss_mb_peak:,.1f} MB at most, {run.bot.rss_mb_end:,.1f} MB after"
        )
    return [*lines, *_verdict(run)]


def _verdict(run: LoadRun) -> list[str]:
    lines = [_drift(run.windows)] if run.shape == "soak" and len(run.windows) > 1 else []
    lines += _memory(run)
    if run.crossing:
        lines.append(
            f"broke at {run.crossing.rate_per_s:,.1f} messages/s, after {run.crossing.at_s:,.0f} s: "
            f"{', '.join(run.crossing.limits)} did not hold any more"
        )
    elif run.shape == "breakpoint" and run.outcome:
        lines.append("did not break: every window held its limits")
    if run.stopped:
        lines.append(f"stopped early: {run.stopped}")
    if run.refused:
        lines.append(f"NO VERDICT: {run.refused}")
    return lines


def _memory(run: LoadRun) -> list[str]:
    """Of a soak, and where growth is limited."""
    if run.rss is None or not (run.slope_limit or run.shape == "soak"):
        return []
    grown = _grown(run.growth) if run.growth else f"growth not judged: {unjudged(run.rss)}"
    return [f"RSS: {grown}", *([_slope(run.slope_limit, run.growth)] if run.slope_limit else [])]


def _drift(windows: Sequence[Window]) -> str:
    """The first third of a soak beside the last."""
    third = max(1, len(windows) // 3)
    begin, end = (_median([one.p99_ms for one in part]) for part in (windows[:third], windows[-third:]))
    return f"p99 of a window: {_ms(begin)} in the first third, {_ms(end)} in the last"


def _grown(growth: Growth) -> str:
    interval = f"{growth.low:+,.1f} to {growth.high:+,.1f}, 95 %"
    over = f"over {growth.messages:,} messages after the first {growth.warm_up:,}"
    if not growth.grows:
        return f"within noise: {growth.mb_per_million:+,.1f} MB per million messages ({interval}) {over}"
    first, second = growth.halves
    said = f"grows by {growth.mb_per_million:,.1f} MB per million messages ({interval}) {over}"
    if growth.flattens:
        said = f"{said}; but less and less: {first:+,.1f} in the first half, {second:+,.1f} in the second"
    return said


def _slope(limit: SlopeLimit, growth: Growth | None) -> str:
    said = {
        "holds": "holds",
        "crossed": "was CROSSED",
        "undecided": "is NOT DECIDED: send more messages, so that the interval is on one side of it",
    }
    return f"{limit.text} {said[limit.verdict(growth)]}"


def _median(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]


def _limits(outcome: Outcome, title: str) -> Grid:
    rows = tuple(
        (
            Cell(one.limit.text),
            Cell(shown(one.limit, one.value)),
            Cell("holds", "good") if one.held else Cell("CROSSED", "bad"),
            Cell("" if outcome.messages >= one.limit.enough else f"decided by one of {outcome.messages:,} messages"),
        )
        for one in outcome.judged
    )
    columns = (Column("limit", "text"), Column("measured"), Column("verdict", "text"), Column("", "text"))
    return Grid(title=title, columns=columns, rows=rows)


def _joined(windows: Sequence[Window], most: int) -> Sequence[Window]:
    """Every n-th of them, so that there are not too many."""
    step = -(-len(windows) // most)
    return windows[step - 1 :: step] if step > 1 else windows


def _windows(windows: Sequence[Window], missing: str, rss: Rss | None) -> Grid:
    rows = tuple(
        (
            *cells(f"{one.end_s:,.0f} s", f"{one.offered_per_s:,.1f}", f"{one.messages:,}"),
            Cell(f"{one.errors:,}", "bad" if one.errors else "plain"),
            *cells(_ms(one.p50_ms), _ms(one.p99_ms)),
            *((Cell(_mb(rss.at(one.end_s))),) if rss else ()),
        )
        for one in windows
    )
    columns = (
        Column("until"),
        Column("rate/s"),
        Column("messages"),
        Column(missing),
        Column("p50"),
        Column("p99"),
        *((Column("RSS"),) if rss else ()),
    )
    return Grid(title="Over time, by when messages were to be sent", columns=columns, rows=rows)


def _ms(value: float | None) -> str:
    if value is None:
        return "-"
    return "never" if value == float("inf") else f"{value:,.1f} ms"


def _mb(value: float | None) -> str:
    return "-" if value is None else f"{value:,.1f} MB"


def _counts(statuses: dict[str, int]) -> str:
    names = {"0": "connection lost"}
    return ", ".join(f"{names.get(status, status)} {count:,} times" for status, count in statuses.items()) or "none"
