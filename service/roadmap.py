"""The catalogue: the 21 items of the optimization roadmap, each with its claim and the metric that proves it.

A switch acts at run time and can be flipped live; a structure item is a property of the code. Phase N means: the
switches of all items of phases 1 to N on, nothing else.
"""

from typing import Literal

import msgspec

from service.core.errors import ConfigError
from service.core.switches import Switches

__all__ = ["ITEMS", "LAST_PHASE", "Item", "changed_switches", "find", "phase_switches", "switch_keys"]


class Item(msgspec.Struct, frozen=True):
    """One entry of the roadmap. `built` is False for items that this version does not contain yet."""

    key: str
    title: str
    claim: str
    metric: str
    kind: Literal["switch", "structure"] = "switch"
    built: bool = True

    @property
    def phase(self) -> int:
        """1 to 6."""
        return int(self.key[0])


ITEMS: tuple[Item, ...] = (
    Item("1.1", "Request deduplication", "30-50 % fewer redundant API calls", "upstream_calls_per_message"),
    Item("1.2", "Parallel independent operations", "40-60 % faster complex commands", "response_ms_mean"),
    Item("1.3", "Longer cache TTLs", "50 % fewer external API calls", "upstream_calls_per_message"),
    Item("1.4", "Circuit breaker", "resilience while Flash is down", "response_ms_p99 during an outage"),
    Item("2.1", "One file per command", "70 % better maintainability", "cyclomatic complexity", "structure"),
    Item("2.2", "Validation pipeline", "consistent errors, fewer bugs", "one wording per rule", "structure"),
    Item("2.3", "Response formatters", "new formats are easy to add", "formats per result", "structure"),
    Item("3.1", "Central cache manager", "60 % better cache hit rate", "hit_rate"),
    Item("3.2", "Cache warming", "faster common queries after a start", "response_ms_mean"),
    Item("3.3", "Redis batching", "70 % fewer Redis round trips", "redis_round_trips_per_message"),
    Item("3.4", "Redis connection pool", "20 % faster Redis operations", "redis_operation_ms"),
    Item("4.1", "Event bus", "decoupled services", "response_ms_p99 with a slow listener"),
    Item("4.2", "Shared interfaces", "less coupling", "imports between stages", "structure"),
    Item("4.3", "Service facades", "simpler use", "lines per handler", "structure"),
    Item("5.1", "Async queue", "predictable under load", "goodput at overload"),
    Item("5.2", "Worker pool for CPU work", "responsive while busy", "loop lag"),
    Item("5.3", "Streaming of large histories", "80 % smaller memory spikes", "rss_mb_peak"),
    Item("5.4", "Request batching", "fewer API calls", "upstream_calls_per_message"),
    Item("6.1", "Performance metrics", "visibility", "CPU cost of metrics"),
    Item("6.2", "Memory leak detection", "stable long runs", "detected leak size"),
    Item("6.3", "A/B testing", "data-driven decisions", "false-alarm rate"),
)

LAST_PHASE = min((item.phase for item in ITEMS if item.kind == "switch" and not item.built), default=7) - 1
"""The last phase whose switches are all built."""


def find(key: str) -> Item:
    """The item of that key. Raises ConfigError, naming the keys there are."""
    for item in ITEMS:
        if item.key == key:
            return item
    raise ConfigError(f"there is no roadmap item {key!r}; the keys are {', '.join(i.key for i in ITEMS)}")


def switch_keys() -> tuple[str, ...]:
    """The keys of all switches that this version contains, in order."""
    return tuple(item.key for item in ITEMS if item.kind == "switch" and item.built)


def phase_switches(phase: int) -> Switches:
    """The switches of phase N. Raises ConfigError for a phase that is not there."""
    if not 0 <= phase <= LAST_PHASE:
        built = f"0 (everything off) to {LAST_PHASE}"
        raise ConfigError(f"there is no phase {phase}; this version has phases {built}")
    return frozenset(key for key in switch_keys() if find(key).phase <= phase)


def changed_switches(phase: int, changes: str) -> Switches:
    """The switches of a phase after changes such as "+5.1 -1.3", in any order.

    Raises ConfigError for what is no change, and for a key that is no switch of this version.
    """
    switches = phase_switches(phase)
    for change in changes.replace(",", " ").split():
        sign, key = change[0], change[1:]
        if sign not in "+-":
            raise ConfigError(
                f"{change!r} changes no switch; write +{change} to switch it on or -{change} to switch it off"
            )
        if key not in switch_keys():
            raise ConfigError(f"there is no switch {key!r}; the switches are {', '.join(switch_keys())}")
        switches = switches | {key} if sign == "+" else switches - {key}
    return switches
