"""Where a change comes from, as far as the figures of both arms tell without a profile."""

from collections.abc import Iterator, Mapping
from typing import Literal

from reports.gate.model import Moved
from reports.model import Arm, NamespaceHits

__all__ = ["leads"]

_OPERATION = "upstream_calls:"
_MOST = 6
_COSTS = {"upstream_calls_per_message": "upstream calls", "redis_round_trips_per_message": "round trips"}
_Kind = Literal["operation", "namespace", "command", "counter"]


def leads(base: Arm, head: Arm) -> tuple[Moved, ...]:
    """Switches, upstream operations, namespaces, commands and counters that differ, of each kind the most moved ones.

    Operations are in calls per message, namespaces in their share of hits, commands in milliseconds of the mean, and in
    calls and round trips per message.
    """
    return (
        *_switches(base, head),
        *_moved("operation", _operations(base), _operations(head), "per message"),
        *_moved("namespace", _hit_rates(base.hits_by_namespace), _hit_rates(head.hits_by_namespace), "hit rate"),
        *_moved("command", _means(base), _means(head), "ms"),
        *_costs(base, head),
        *_moved("counter", _counters(base), _counters(head), ""),
    )


def _switches(base: Arm, head: Arm) -> Iterator[Moved]:
    for key in sorted({*base.switches} ^ {*head.switches}):
        yield Moved(kind="switch", name=key, base=float(key in base.switches), head=float(key in head.switches))


def _moved(kind: _Kind, base: Mapping[str, float], head: Mapping[str, float], unit: str) -> list[Moved]:
    found = [
        Moved(kind=kind, name=name, base=base.get(name), head=head.get(name), unit=unit)
        for name in dict.fromkeys((*base, *head))
        if base.get(name) != head.get(name)
    ]
    return sorted(found, key=lambda one: -abs((one.head or 0.0) - (one.base or 0.0)))[:_MOST]


def _operations(arm: Arm) -> dict[str, float]:
    messages = sum(arm.counters.get(name, 0) for name in ("answered", "unanswered")) or 1
    return {
        name.removeprefix(_OPERATION): count / messages
        for name, count in arm.counters.items()
        if name.startswith(_OPERATION)
    }


def _counters(arm: Arm) -> dict[str, float]:
    return {name: float(count) for name, count in arm.counters.items() if ":" not in name}


def _hit_rates(namespaces: Mapping[str, NamespaceHits]) -> dict[str, float]:
    return {name: one.hits / one.asked for name, one in namespaces.items() if one.asked}


def _costs(base: Arm, head: Arm) -> Iterator[Moved]:
    """Only where both sides measured them: of a figure that is new nothing has moved."""
    if base.costs_by_command and head.costs_by_command:
        for key, unit in _COSTS.items():
            before, after = (
                {name: getattr(found, key) for name, found in arm.costs_by_command.items()} for arm in (base, head)
            )
            yield from _moved("command", before, after, unit)


def _means(arm: Arm) -> dict[str, float]:
    return {command: summary.mean for command, summary in arm.response_ms_by_command.items()}
