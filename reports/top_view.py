"""Live figures as a page of tables."""

from reports.document import Cell, Column, Document, Grid, cells
from reports.top import Frame, Timing

__all__ = ["document"]

_FULL = 1.0


def document(frame: Frame) -> Document:
    """The page."""
    return Document(
        title=f"pulse {frame.version}, phase {frame.phase}: the last {frame.interval_s:,.1f} s",
        lines=_lines(frame),
        grids=(_responses(frame), _below(frame), _reads(frame)),
        notes=(f"switched on: {', '.join(_switch(*one) for one in frame.switches.items() if one[1]) or 'nothing'}",),
    )


def _lines(frame: Frame) -> tuple[str, ...]:
    breakers = ", ".join(f"{name} {state}" for name, state in frame.breakers.items()) or "none"
    lines = (
        (
            f"{frame.messages_per_s:.1f} messages/s, {frame.errors_per_s:.2f} errors/s, "
            f"{frame.replies_failed_per_s:.2f} failed replies/s, hit rate {_percent(frame.hit_rate)}"
        ),
        (
            f"waiting {frame.messages_waiting}, at work {frame.messages_active}, "
            f"replies queued {frame.outbox_queued}, breaker: {breakers}"
        ),
        f"RSS {frame.rss_mb:.1f} MB, CPU {100 * frame.cpu_share:.1f} %, {frame.open_fds} files, {frame.tasks} tasks",
    )
    if frame.payment_alarms:
        return (*lines, f"PAYMENT ALARMS: {frame.payment_alarms}; look at them with: pulse payments list")
    return lines


def _responses(frame: Frame) -> Grid:
    rows = tuple((*cells(one.command, f"{one.per_s:.2f}"), *_times(one.response)) for one in frame.commands)
    columns = (Column("command", "text"), Column("per s"), Column("p50 ms"), Column("p99 ms"))
    return Grid(title="Response time", columns=columns, rows=rows or ((*cells("none answered", "-", "-", "-"),),))


def _below(frame: Frame) -> Grid:
    failed = Cell(f"{frame.upstream_failed_per_s:.2f}", "bad" if frame.upstream_failed_per_s else "plain")
    rows = (
        (*cells("Flash", f"{frame.upstream_per_s:.2f}"), *_times(frame.upstream), failed),
        (*cells("store", f"{frame.store_per_s:.2f}"), *_times(frame.store), Cell("-", "muted")),
        (*cells("loop lag", "-"), *_times(frame.loop_lag), Cell("-", "muted")),
    )
    columns = (Column("what", "text"), Column("per s"), Column("p50 ms"), Column("p99 ms"), Column("failed per s"))
    return Grid(title="Below", columns=columns, rows=rows)


def _reads(frame: Frame) -> Grid:
    rows = tuple(
        cells(one.namespace, f"{one.asked:,}", f"{one.hits:,}", _percent(one.hit_rate))
        for one in frame.namespaces
        if one.asked
    )
    columns = (Column("namespace", "text"), Column("asked"), Column("hits"), Column("hit rate"))
    return Grid(title="Cache", columns=columns, rows=rows or (cells("nothing asked", "-", "-", "-"),))


def _times(timing: Timing) -> tuple[Cell, Cell]:
    p50, p99 = (Cell("-", "muted") if ms is None else Cell(f"{ms:.1f}") for ms in (timing.p50_ms, timing.p99_ms))
    return p50, p99


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"


def _switch(key: str, share: float) -> str:
    return key if share == _FULL else f"{key} for {100 * share:g} %"
