"""One exact figure against its limit."""

from reports.gate.model import Finding, Outcome
from reports.gate.rules import Limit
from reports.gate.wording import amount, change_of, limit_texts
from reports.measures import measure_named
from reports.metrics import Metric

__all__ = ["breach", "judged"]

_ROUNDING = 1e-9
"""As a share of the base: sums in another order may differ by less, without anything having changed."""


def judged(
    key: str, base: float | None, head: float | None, limit: Limit, *, command: str = "", phase: int | None = None
) -> Finding:
    """The finding on an exact figure. One that only head has is new, and is held against absolute limits alone."""
    metric = measure_named(key)
    failed, why = _reason(metric, base, head, limit)
    return Finding(
        metric=key,
        title=metric.title,
        unit=metric.unit,
        better=metric.better,
        kind="exact",
        outcome=_outcome(metric, base, head),
        why=why,
        failed=failed,
        command=command,
        phase=phase,
        base=base,
        head=head,
        change=head / base - 1 if base and head is not None else None,
        limits=limit_texts(metric, limit),
    )


def breach(metric: Metric, base: float | None, head: float, limit: Limit) -> str:
    """Which absolute limit a figure breaks; empty where it keeps them, or where base broke the same one already."""
    if limit.at_most is not None and head > limit.at_most and not _excused(base, limit, limit.at_most, above=True):
        return f"{amount(metric, head)}, more than {amount(metric, limit.at_most)}"
    if limit.at_least is not None and head < limit.at_least and not _excused(base, limit, limit.at_least, above=False):
        return f"{amount(metric, head)}, less than {amount(metric, limit.at_least)}"
    return ""


def _excused(base: float | None, limit: Limit, bound: float, *, above: bool) -> bool:
    if limit.enforced == "always" or base is None:
        return False
    return base > bound if above else base < bound


def _reason(metric: Metric, base: float | None, head: float | None, limit: Limit) -> tuple[bool, str]:
    if head is None:
        return True, "base has it, head has not: it was not measured"
    broken = breach(metric, base, head, limit)
    if broken:
        return True, broken
    if base is None:
        return False, "new: base has none"
    harm = _harm(metric, base, head)
    said = change_of(metric, base, head)
    if limit.worse_by is not None and harm > limit.worse_by.at(base) + _ROUNDING * abs(base):
        allowed = "no worse" if limit.worse_by.amount == 0 else f"{limit.worse_by.text} at most"
        return True, f"{said}, {allowed} allowed"
    if harm == 0:
        return False, "the same"
    return False, f"{said}, worse, within what is allowed" if harm > 0 else f"{said}, better"


def _harm(metric: Metric, base: float, head: float) -> float:
    change = head - base if metric.better == "lower" else base - head
    return change if abs(change) > _ROUNDING * abs(base) else 0.0


def _outcome(metric: Metric, base: float | None, head: float | None) -> Outcome:
    if base is None or head is None:
        return "undecided"
    harm = _harm(metric, base, head)
    return "same" if harm == 0 else "worse" if harm > 0 else "better"
