"""What a sandbox is built from."""

import msgspec

from service.core.reprs import shown
from service.sandbox.behaviour import Behaviour
from service.sandbox.latency import LatencyModel

__all__ = ["SandboxConfig"]


class SandboxConfig(msgspec.Struct, frozen=True):
    """The secrets that the bot and the sandbox share, and how the sandbox behaves.

    `access_token` and `phone_number_id` are what WhatsApp checks, `api_key` is the bot's own Flash token, and
    `app_secret` signs the webhooks that go to `webhook_url` (None: messages can only be delivered in process);
    `verify_token` is for the handshake, which the bot checks.
    `idempotency=False` makes Flash an older server that does not know idempotency keys, `cursors=False` one that
    answers every page of transactions with the first. `seed` drives prices, latencies and outcomes.
    """

    app_secret: str
    verify_token: str
    access_token: str
    phone_number_id: str
    api_key: str
    webhook_url: str | None = None
    idempotency: bool = True
    cursors: bool = True
    latency: LatencyModel = LatencyModel()
    seed: int = 0
    behaviour: Behaviour = Behaviour()
    moving_prices: bool = True

    def __repr__(self) -> str:
        """Without secrets: with `pulse serve --sandbox` they may be real ones."""
        return shown(self, "phone_number_id", "webhook_url", "idempotency", "seed", "moving_prices")
