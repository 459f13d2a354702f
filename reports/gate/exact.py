"""Exact figures of two arms against a budget: every change is real, so what is beyond its limit has failed."""

from collections.abc import Iterator, Mapping

import msgspec

from reports.gate.judging import judged
from reports.gate.model import Finding
from reports.gate.rules import Budget
from reports.measures import COSTS, figures_of, measure_named
from reports.model import Arm, CommandCosts
from reports.stats import Summary

__all__ = ["findings", "one_sided"]

_STATISTICS = ("mean", "p50", "p90", "p99")


class _Figure(msgspec.Struct, frozen=True):
    metric: str
    command: str
    base: float | None
    head: float | None
    messages: int = 0

    @property
    def is_of_both(self) -> bool:
        return self.base is not None and self.head is not None


def findings(base: Arm, head: Arm, budget: Budget, *, phase: int | None = None) -> tuple[Finding, ...]:
    """A finding for each exact figure that the budget limits and one of the arms has.

    First the figures over all commands in the order of every report, then each command's. A figure that the base has
    and head lacks has failed, what is not measured any more cannot be vouched for; but costs that the base lacks, and
    the hit rate of a command that asks for nothing any more, are named by `one_sided`.
    """
    found = []
    for one in (*_figures(base, head), *(cost for cost in _costs(base, head) if _is_judged(cost, head))):
        limit = budget.limit(one.metric, command=one.command, phase=phase, kind="exact")
        if limit is not None and one.messages >= limit.messages_at_least:
            found.append(judged(one.metric, one.base, one.head, limit, command=one.command, phase=phase))
    return tuple(found)


def one_sided(base: Arm, head: Arm) -> tuple[str, ...]:
    """What cannot be compared because one side has not got it, in words: it neither fails nor is passed over.

    Costs by command are younger than the gate, so that the base may be of code that does not measure them.
    """
    if head.costs_by_command and not base.costs_by_command:
        return (f"base does not measure {', '.join(COSTS)} by command: these were not compared",)
    lost = [one for one in _costs(base, head) if (one.base is None) != (one.head is None) and not _is_judged(one, head)]
    return tuple(f"only {'head' if one.base is None else 'base'} has {one.metric} of {one.command}" for one in lost)


def _is_judged(cost: _Figure, head: Arm) -> bool:
    """Whether a budget is held against it: both have it, or head has lost the measurement of it."""
    return cost.is_of_both or (cost.base is not None and cost.command not in head.costs_by_command)


def _figures(base: Arm, head: Arm) -> Iterator[_Figure]:
    before, after = _overall(base), _overall(head)
    for name in before | after:
        yield _Figure(name, "", before.get(name), after.get(name))
    for statistic in _STATISTICS:
        for command, summary in (head.response_ms_by_command | base.response_ms_by_command).items():
            yield _Figure(
                f"response_ms_{statistic}",
                command,
                _statistic(base.response_ms_by_command, command, statistic),
                _statistic(head.response_ms_by_command, command, statistic),
                summary.count,
            )


def _costs(base: Arm, head: Arm) -> Iterator[_Figure]:
    before, after = base.costs_by_command, head.costs_by_command
    for key in COSTS:
        for command, costs in (after | before).items():
            yield _Figure(key, command, _cost(before, command, key), _cost(after, command, key), costs.messages)


def _cost(costs: Mapping[str, CommandCosts], command: str, key: str) -> float | None:
    found = costs.get(command)
    value: float | None = None if found is None else getattr(found, key)
    return value


def _overall(arm: Arm) -> dict[str, float]:
    """The figures that a virtual run repeats to the last digit: not those of a process."""
    return {key: value for key, value in figures_of(arm).items() if ":" not in key and not measure_named(key).process}


def _statistic(summaries: Mapping[str, Summary], command: str, statistic: str) -> float | None:
    summary = summaries.get(command)
    return None if summary is None else float(getattr(summary, statistic))
