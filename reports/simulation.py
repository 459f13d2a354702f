"""What many simulated worlds have shown, as facts."""

from collections.abc import Mapping

import msgspec

__all__ = ["Failure", "Judged", "Simulation"]


class Judged(msgspec.Struct, frozen=True):
    """An invariant, how many things it was held against (`counted` names them), and how many of them broke it."""

    name: str
    sentence: str
    counted: str
    judged: int
    failed: int

    def plus(self, other: "Judged") -> "Judged":
        """The two together."""
        return msgspec.structs.replace(self, judged=self.judged + other.judged, failed=self.failed + other.failed)


class Failure(msgspec.Struct, frozen=True):
    """The first thing in one world that broke an invariant, and the events that prove it, one line each."""

    seed: int
    invariant: str
    what: str
    lines: tuple[str, ...]


class Simulation(msgspec.Struct, frozen=True, kw_only=True):
    """All worlds together.

    `counts`: worlds, messages, replies, payments, effects, boots, kills, faults, virtual_s, and `again`, how many
    worlds were run a second time. `met`: fault, state of a payment, and how often the one met the other. `wall_s` is
    real time, `cpu_s` the processors' together. `faults` is how `kinds` were asked for.
    """

    kinds: tuple[str, ...]
    counts: Mapping[str, int]
    judged: tuple[Judged, ...]
    met: tuple[tuple[str, str, int], ...]
    failures: tuple[Failure, ...]
    wall_s: float
    cpu_s: float
    faults: str = "all"

    @property
    def is_clean(self) -> bool:
        """Whether no invariant was broken."""
        return not any(one.failed for one in self.judged)
