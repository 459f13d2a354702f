"""The report of a simulation: what held, what did not and how to see it again, and which faults met which payments."""

from collections.abc import Iterator

from reports.document import Cell, Column, Document, Grid, cells
from reports.simulation import Failure, Judged, Simulation

__all__ = ["document"]

_ENOUGH = 10  # worlds; with fewer the rule of three says nothing
_STATES = ("proposed", "confirmed", "intended", "unknown", "needs-human")


def document(run: Simulation) -> Document:
    """The report."""
    return Document(
        title=f"Simulation: {run.counts.get('worlds', 0):,} worlds, {_outcome(run)}",
        lines=tuple(_lines(run)),
        grids=(_invariants(run.judged), _coverage(run)),
        notes=tuple(_notes(run)),
    )


def _outcome(run: Simulation) -> str:
    broken = [one.name for one in run.judged if one.failed]
    return f"broken: {', '.join(broken)}" if broken else "nothing broken"


def _lines(run: Simulation) -> Iterator[str]:
    count = run.counts
    yield (
        f"{count.get('messages', 0):,} messages, {count.get('replies', 0):,} replies, {count.get('payments', 0):,} "
        f"confirmed payments, {count.get('effects', 0):,} of them made; {count.get('boots', 0):,} starts of the bot, "
        f"{count.get('kills', 0):,} kills, {count.get('faults', 0):,} other faults"
    )
    yield _speed(run)


def _speed(run: Simulation) -> str:
    """Of the real service in virtual time: nothing of it says how fast the service is in real time."""
    worlds = run.counts.get("worlds", 0) + run.counts.get("again", 0)
    if not run.cpu_s or not worlds:
        return "nothing was run"
    share = worlds / max(run.counts.get("worlds", 0), 1)
    messages = run.counts.get("messages", 0) * share / run.cpu_s
    payments = run.counts.get("payments", 0) * share / run.cpu_s
    return (
        f"simulated at {worlds / run.wall_s:.1f} worlds/s in {run.wall_s:.1f} s; per second of one core "
        f"{worlds / run.cpu_s:.1f} worlds, {messages:,.0f} messages, {payments:,.0f} payments (worlds that were run "
        "twice count twice)"
    )


def _invariants(judged: tuple[Judged, ...]) -> Grid:
    columns = (Column("invariant", "text"), Column("what holds", "text"), Column("judged"), Column("broken"))
    return Grid(title="Invariants", columns=columns, rows=tuple(_row(one) for one in judged))


def _row(one: Judged) -> tuple[Cell, ...]:
    broken = Cell(f"{one.failed:,}", "bad" if one.failed else "good")
    return (*cells(one.name, one.sentence, f"{one.judged:,} {one.counted}"), broken)


def _coverage(run: Simulation) -> Grid:
    """How often each fault met a payment in each state; what was allowed and met none has a row, too."""
    met = {(fault, state): count for fault, state, count in run.met}
    faults = dict.fromkeys([*run.kinds, *(fault for fault, _, _ in run.met)])
    columns = (Column("fault", "text"), *(Column(state) for state in _STATES))
    rows = tuple(
        (Cell(fault), *(_met(met.get((fault, state), 0)) for state in _STATES))
        for fault in faults
        if fault not in _NO_FAULTS
    )
    return Grid(title="How often each fault met a payment in each state", columns=columns, rows=rows)


_NO_FAULTS = frozenset({"no-keys", "duplicates", "reorder", "days-later"})
"""What is a property of a world or of its webhooks, and happens at no moment."""


def _met(count: int) -> Cell:
    return Cell(f"{count:,}") if count else Cell("-", "muted")


def _notes(run: Simulation) -> Iterator[str]:
    for failure in run.failures:
        yield _failure(failure, run)
    worlds = run.counts.get("worlds", 0)
    if run.is_clean and worlds >= _ENOUGH:
        yield (
            f"With {worlds:,} worlds and no failure, the rate of failing worlds is below 3/{worlds} = "
            f"{3 / worlds:.2g} at 95 %: of worlds that are drawn like these, not of days in the real one."
        )


def _failure(failure: Failure, run: Simulation) -> str:
    proof = "".join(f"\n  {line}" for line in failure.lines)
    faults = "" if run.faults == "all" else f" --faults {run.faults}"
    replay = f"replay: pulse simulate --seed {failure.seed} --trace{faults}"
    return f"{failure.invariant}, seed {failure.seed}: {failure.what}{proof}\n{replay}"
