"""What can be measured: the bot with a set of switches on."""

from typing import Literal

import msgspec

from service.roadmap import changed_switches

__all__ = ["ArmSpec", "Planted", "phase_arm", "planted_arm"]

Planted = Literal["", "null", "slow", "extra", "forgetful"]
"""A switch of the bench's own, outside of the bot: "null" does nothing, "slow" keeps every message waiting, now
and then "extra" makes one upstream call more, and "forgetful" loses what is cached."""


class ArmSpec(msgspec.Struct, frozen=True):
    """An arm by its name: a phase of the roadmap, and what is switched on or off beside it, such as "-1.1".

    `planted` is on in arms that check the bench itself; "slow" keeps a message waiting for `planted_s`.
    """

    name: str
    phase: int
    changes: str = ""
    planted: Planted = ""
    planted_s: float = 0.1

    @property
    def switches(self) -> list[str]:
        """The keys that are on, in the roadmap's order."""
        return sorted(changed_switches(self.phase, self.changes))


def phase_arm(phase: int, changes: str = "") -> ArmSpec:
    """Phase N of the roadmap with changes; 0 has everything off. Raises ConfigError for what there is not."""
    changed_switches(phase, changes)
    return ArmSpec(" ".join([f"phase-{phase}", *changes.replace(",", " ").split()]), phase, changes)


def planted_arm(phase: int, planted: Planted) -> ArmSpec:
    """Phase N with a planted switch on. Raises ConfigError."""
    return msgspec.structs.replace(phase_arm(phase), name=f"phase-{phase} +{planted}", planted=planted)
