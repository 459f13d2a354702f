"""Two runs of one trace against each other: every arm that both have, and what was not the same beside the code."""

from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from reports.compare import Row, compare
from reports.model import Arm, Conditions, Run, RunError, only

__all__ = ["ArmComparison", "Comparison", "Difference", "Pairs", "compare_runs", "paired"]

_UNLIKE = "their figures answer different questions"
_ADVICE = "compare runs of one workload, seed and clock, or add --force"


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A condition that was not the same."""

    what: str
    before: str
    after: str


class Pairs(msgspec.Struct, frozen=True, kw_only=True):
    """The same messages in both runs: how many were answered later, sooner, at the same time, or in one run only.

    `median_ms` is that of the differences, after minus before, of those that were answered later or sooner.
    """

    slower: int
    faster: int
    same: int
    only_before: int
    only_after: int
    median_ms: float

    @property
    def is_uneven(self) -> bool:
        """Whether a message was answered in one run only."""
        return bool(self.only_before or self.only_after)


class ArmComparison(msgspec.Struct, frozen=True, kw_only=True):
    """One arm of both runs; the pairs are None where the raw samples are not kept or are of different messages."""

    before: Arm
    after: Arm
    rows: tuple[Row, ...]
    pairs: Pairs | None

    @property
    def is_same(self) -> bool:
        """Whether no figure and no message differs."""
        figures = all(row.change is None or row.change.direction == "same" for row in self.rows)
        return figures and (self.pairs is None or not (self.pairs.slower or self.pairs.faster or self.pairs.is_uneven))


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Two runs by their names, the arms that were compared, and the conditions that differ.

    The last one is of the last arms of both, which the runs were made for, unless another one was asked for.

    It `is_exact` where both are of virtual time: there a difference is one of the code, but for memory and CPU.
    """

    before: str
    after: str
    arms: tuple[ArmComparison, ...]
    conditions: tuple[Conditions, Conditions]
    differences: tuple[Difference, ...]
    is_exact: bool
    is_forced: bool


def compare_runs(
    before: tuple[str, Run], after: tuple[str, Run], *, arm: str | None = None, force: bool = False
) -> Comparison:
    """Compares two runs, each with the name it is shown by: their last arms and those of the same name, or one alone.

    Raises:
        RunError: they are of different traces or clocks, and it was not forced; or one of them does not have the arm.
    """
    (old_name, old), (new_name, new) = before, after
    is_unlike = (old.trace.digest, old.conditions.clock) != (new.trace.digest, new.conditions.clock)
    if is_unlike and not force:
        raise RunError(f"cannot compare {old_name} with {new_name}", f"{_why(old, new)}: {_UNLIKE}", _ADVICE)
    arms = tuple(_arm(*pair) for pair in _matched(old, new, arm))
    return Comparison(
        before=old_name,
        after=new_name,
        arms=arms,
        conditions=(old.conditions, new.conditions),
        differences=tuple(one for one in _differences(old, new, arms) if one.before != one.after),
        is_exact=old.conditions.clock == new.conditions.clock == "virtual" and not is_unlike,
        is_forced=is_unlike,
    )


def paired(before: Arm, after: Arm) -> Pairs | None:
    """The messages of both arms side by side; None without samples, or where they are of different messages."""
    old, new = before.samples, after.samples
    if old is None or new is None or (old.at_s, old.commands) != (new.at_s, new.commands):
        return None
    both = [_change(*pair) for pair in zip(old.response_ms, new.response_ms, strict=True)]
    counts = Counter(kind for kind, _ in both)
    return Pairs(
        slower=counts["slower"],
        faster=counts["faster"],
        same=counts["same"],
        only_before=counts["only before"],
        only_after=counts["only after"],
        median_ms=_middle(sorted(change for _, change in both if change)),
    )


def _change(before: float | None, after: float | None) -> tuple[str, float]:
    """What became of a message, and by how much where that can be said."""
    if before is None or after is None:
        return ("neither" if before is after else "only after" if before is None else "only before"), 0.0
    if before == after:
        return "same", 0.0
    return "slower" if after > before else "faster", after - before


def _middle(ordered: Sequence[float]) -> float:
    count = len(ordered)
    return (ordered[(count - 1) // 2] + ordered[count // 2]) / 2 if count else 0.0


def _why(old: Run, new: Run) -> str:
    if old.conditions.clock != new.conditions.clock:
        return f"one is of {old.conditions.clock} time and the other of {new.conditions.clock} time"
    return f"they were driven by different traffic, {_traffic(old)} and {_traffic(new)}"


def _traffic(run: Run) -> str:
    trace = run.trace
    minutes = "" if trace.minutes is None else f" of {trace.minutes:g} minutes"
    return f"workload {trace.workload or '?'}{minutes} with seed {trace.seed} (trace {trace.digest[:12]})"


def _matched(old: Run, new: Run, name: str | None) -> list[tuple[Arm, Arm]]:
    if name is not None:
        return [(_named(old, name), _named(new, name))]
    lasts = (old.arms[-1], new.arms[-1])
    others = {arm.name: arm for arm in new.arms[:-1] if arm.name != lasts[0].name}
    return [*((arm, others[arm.name]) for arm in old.arms[:-1] if arm.name in others), lasts]


def _named(run: Run, name: str) -> Arm:
    return only(run, name).arms[0]


def _arm(before: Arm, after: Arm) -> ArmComparison:
    return ArmComparison(before=before, after=after, rows=compare(before, after), pairs=paired(before, after))


def _differences(old: Run, new: Run, arms: Sequence[ArmComparison]) -> Iterator[Difference]:
    facts, others = _facts(old), _facts(new)
    for what in facts | others:
        yield Difference(what=what, before=facts.get(what, "-"), after=others.get(what, "-"))
    for one in arms:
        before, after = (f"{arm.name}: {' '.join(arm.switches) or 'all off'}" for arm in (one.before, one.after))
        yield Difference(what="switches", before=before, after=after)


def _facts(run: Run) -> dict[str, str]:
    trace, conditions = run.trace, run.conditions
    return {
        "trace": trace.digest[:12],
        "workload": trace.workload or "-",
        "seed": str(trace.seed),
        "minutes": "-" if trace.minutes is None else f"{trace.minutes:g}",
        "clock": conditions.clock,
        "processor": conditions.processor or "-",
        "cores": str(conditions.cores),
        "platform": conditions.platform or "-",
        "Python": conditions.python or "-",
        **conditions.versions,
    }
