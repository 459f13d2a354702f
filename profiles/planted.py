"""What the planted switches do to a run: known effects, for the bench and the gate to find or not to find."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from profiles.arms import ArmSpec
from profiles.stage import Stage
from service.core.errors import UpstreamError
from service.core.freshness import Namespace
from service.core.queries import Query
from service.gateway.client import flash_transport
from service.gateway.flash_reads import FlashReads
from service.gateway.graphql import GraphQL
from service.switching import switched

__all__ = ["EXTRA_EVERY", "FORGETFUL_EVERY", "Post", "planted"]

Post = Callable[[Callable[..., Any], bytes, str], Awaitable[int]]
"""Posts a signed body to an ASGI application and gives the status."""

EXTRA_EVERY = 50
"""With "extra" on, one message of so many makes one more upstream call."""

FORGETFUL_EVERY = 60
"""With "forgetful" on, what is cached of the price and the rate is lost before one message of so many: about a point of
the hit rate."""


def planted(stage: Stage, arm: ArmSpec, post: Post) -> Post:
    """`post`, and before it what the arm's planted switch does; "null" is another way to the same."""
    plants = _Plants(stage, arm, post)
    chosen = switched("forgetful", on=plants.forgetful, off=post)
    chosen = switched("extra", on=plants.extra, off=chosen)
    chosen = switched("slow", on=plants.slow, off=chosen)
    return switched("null", on=post, off=chosen)


_POPULAR = (Query(Namespace.PRICE, "USD"), Query(Namespace.RATE, "USD"))
_ALL = 1_000_000


class _Plants:
    """The extra call is a real one: through the bot's own client, meter and upstream."""

    def __init__(self, stage: Stage, arm: ArmSpec, post: Post) -> None:
        self._clock = stage.clock
        self._late_s = arm.planted_s
        self._post = post
        self._posted = 0
        transport = flash_transport(stage.outside.transport)
        graphql = GraphQL(transport, stage.settings.flash_api_url, stage.clock, stage.bot.meter)
        self._read = FlashReads(graphql, stage.clock)
        self._run = stage.bot.run

    async def slow(self, asgi: Callable[..., Any], body: bytes, signature: str) -> int:
        await self._clock.sleep(self._late_s)
        return await self._post(asgi, body, signature)

    async def extra(self, asgi: Callable[..., Any], body: bytes, signature: str) -> int:
        if self._is_turn(EXTRA_EVERY):
            with suppress(UpstreamError):
                await self._read(Query(Namespace.PRICE, "USD"))
        return await self._post(asgi, body, signature)

    async def forgetful(self, asgi: Callable[..., Any], body: bytes, signature: str) -> int:
        if self._is_turn(FORGETFUL_EVERY):
            for query in _POPULAR:
                [[_, names]] = await self._run([("SCAN", b"0", "MATCH", f"*{query.key}", "COUNT", _ALL)])
                if names:
                    await self._run([("UNLINK", *names)])
        return await self._post(asgi, body, signature)

    def _is_turn(self, every: int) -> bool:
        self._posted += 1
        return self._posted % every == 0
