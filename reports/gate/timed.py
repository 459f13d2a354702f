"""Timed figures: paired rounds of both arms, judged by sequences that share one chance of a false alarm.

The share of each is alpha divided by their number (Bonferroni): a gate fails with its first rejection, for which Holm's
and other step-down procedures ask the same.
"""

from collections.abc import Collection

from reports.gate.judging import breach
from reports.gate.model import Finding, Interval, Outcome
from reports.gate.rules import Budget, Limit
from reports.gate.sequence import Sequence
from reports.gate.wording import interval_text, limit_texts, percent
from reports.measures import measure_named
from reports.metrics import Metric

__all__ = ["finding", "sequences"]


def sequences(metrics: Collection[str], budget: Budget, *, phase: int | None = None) -> dict[str, Sequence]:
    """A sequence for each metric that the budget limits in percent; alpha is shared out among them."""
    margins = {}
    for metric in metrics:
        limit = budget.limit(metric, phase=phase, kind="timed")
        if limit is not None and limit.worse_by is not None and limit.worse_by.is_relative and limit.worse_by.amount:
            margins[metric] = limit.worse_by.amount
    alpha = budget.alpha / max(1, len(margins))
    return {
        metric: Sequence(alpha=alpha, margin=margin, better=measure_named(metric).better)
        for metric, margin in margins.items()
    }


def finding(metric: str, sequence: Sequence, budget: Budget, *, phase: int | None = None) -> Finding:
    """The finding on a metric from the rounds so far."""
    described = measure_named(metric)
    limit = budget.limit(metric, phase=phase, kind="timed")
    broken = _broken(described, sequence, limit) if limit else ""
    outcome = sequence.outcome()
    return Finding(
        metric=metric,
        title=described.title,
        unit=described.unit,
        better=described.better,
        kind="timed",
        outcome=outcome,
        why="; ".join(filter(None, (broken, _why(outcome, sequence)))),
        failed=outcome == "worse" or bool(broken),
        is_harmless=sequence.is_harmless,
        phase=phase,
        base=sequence.base,
        head=sequence.head,
        change=sequence.change,
        interval=sequence.interval(),
        limits=limit_texts(described, limit) if limit else (),
        rounds=sequence.rounds,
        margin=sequence.margin,
        alpha=sequence.alpha,
    )


def _broken(metric: Metric, sequence: Sequence, limit: Limit) -> str:
    """Which absolute limit the mean of head breaks.

    A crossing is one only where the arms are proven to differ: of equal arms beside a limit, noise puts one on each
    side every other time. As the difference is proven at the same alpha, it adds no false alarms.
    """
    if sequence.head is None or (limit.enforced == "crossing" and not _do_differ(sequence.interval())):
        return ""
    return breach(metric, sequence.base, sequence.head, limit)


def _do_differ(limits: Interval) -> bool:
    return (limits.low is not None and limits.low > 0) or (limits.high is not None and limits.high < 0)


def _why(outcome: Outcome, sequence: Sequence) -> str:
    if not sequence.rounds:
        return "nothing was measured"
    margin = percent(sequence.margin, 1).lstrip("+")
    said = {
        "worse": f"worse by more than {margin}",
        "better": f"better by more than {margin}",
        "same": f"the same within {margin}",
        "undecided": f"not decided whether it is within {margin}",
    }[outcome]
    if outcome == "undecided" and sequence.is_harmless:
        said = f"not worse by more than {margin}, be it the same or better"
    limits = interval_text(sequence.interval())
    return f"{said} after {sequence.rounds} rounds" + (f" ({limits})" if limits else "")
