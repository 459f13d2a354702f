"""What is measured beside each other in a round, and what is found of each."""

from collections.abc import Callable, Mapping

import msgspec

from profiles.arms import ArmSpec
from profiles.gating import burn
from profiles.gating.checkouts import Checkout
from profiles.live.arena import LiveArm

__all__ = ["METRICS", "Contender", "Figures", "MeasureRound"]

METRICS = (
    "cpu_ms_per_message",
    "messages_per_s",
    "rss_mb_settled",
    "rss_mb_peak",
    "response_ms_mean",
    "response_ms_p90",
)
"""What a round measures of each contender."""

Figures = dict[str, float]
"""Values by the key of their metric."""

MeasureRound = Callable[[int], Mapping[str, Figures]]
"""The figures of every contender in a round, by its name. Raises CannotMeasure."""


class Contender(msgspec.Struct, frozen=True):
    """A bot to be measured: a checkout's code, made slower by a known share.

    So much more CPU time is burned beside it, and its upstreams take so much longer.
    """

    name: str
    checkout: Checkout
    slower_by: float = 0.0

    @property
    def serve(self) -> tuple[str, ...]:
        """The command that runs it."""
        if self.slower_by:
            return (self.checkout.python, burn.__file__, f"{self.slower_by:g}", "serve")
        return (self.checkout.python, "-m", "pulse_cli", "serve")

    def arm(self, spec: ArmSpec, hash_seed: int) -> LiveArm:
        """The same as a live arm, whose strings hash by this seed."""
        return LiveArm(
            spec=spec,
            serve=self.serve,
            introduce=(self.checkout.python, "-m", "profiles.live.introduction"),
            environ={
                "PYTHONPATH": str(self.checkout.folder),
                "PYTHONHASHSEED": f"{hash_seed}",
                "PYTHONDONTWRITEBYTECODE": "",  # else a fresh checkout compiles in each round what a used one has kept
            },
        )
