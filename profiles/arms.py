"""What can be measured: the bot with a set of switches on."""

import msgspec

from service.roadmap import changed_switches

__all__ = ["ArmSpec", "phase_arm"]


class ArmSpec(msgspec.Struct, frozen=True):
    """An arm by its name: a phase of the roadmap, and what is switched on or off beside it, such as "-1.1"."""

    name: str
    phase: int
    changes: str = ""

    @property
    def switches(self) -> list[str]:
        """The keys that are on, in the roadmap's order."""
        return sorted(changed_switches(self.phase, self.changes))


def phase_arm(phase: int, changes: str = "") -> ArmSpec:
    """Phase N of the roadmap with changes; 0 has everything off. Raises ConfigError for what there is not."""
    changed_switches(phase, changes)
    return ArmSpec(" ".join([f"phase-{phase}", *changes.split()]), phase, changes)
