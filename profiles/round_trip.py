"""How far away the simulated Redis is."""

import math
from statistics import NormalDist
from typing import Annotated

import msgspec

from service.ports import Dice

__all__ = ["RoundTrip"]

_STANDARD = NormalDist()
_LEAST = 2**-54


class RoundTrip(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One round trip to the server: lognormal with this median, or constant where sigma is 0.

    `handshake` is how many of them it takes to open a connection: one for TCP, and one more for each command
    that the client sends of its own when it is open; ours sends none.
    """

    rtt_ms: Annotated[float, msgspec.Meta(ge=0, le=10_000)] = 1.0
    sigma: Annotated[float, msgspec.Meta(ge=0, le=3)] = 0.0
    handshake: Annotated[int, msgspec.Meta(ge=0, le=20)] = 1

    def draw_s(self, dice: Dice) -> float:
        """One round trip in seconds, to the microsecond: the last bits of exp() differ between machines."""
        if not self.sigma:
            return self.rtt_ms / 1000
        spread = math.exp(self.sigma * _STANDARD.inv_cdf(dice.uniform() or _LEAST))
        return round(self.rtt_ms / 1000 * spread, 6)
