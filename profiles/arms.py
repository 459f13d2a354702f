"""What can be measured: the bot with a set of switches on."""

import msgspec

from service.roadmap import phase_switches

__all__ = ["ArmSpec", "phase_arm"]


class ArmSpec(msgspec.Struct, frozen=True):
    """An arm by its name, with the roadmap phase whose switches it has on."""

    name: str
    phase: int

    @property
    def switches(self) -> list[str]:
        """The keys that are on, in the roadmap's order."""
        return sorted(phase_switches(self.phase))


def phase_arm(phase: int) -> ArmSpec:
    """Phase N of the roadmap; 0 has everything off. Raises ConfigError for a phase that is not there."""
    phase_switches(phase)
    return ArmSpec(f"phase-{phase}", phase)
