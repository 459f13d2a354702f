"""Scenes of request batching: a client that batches, in front of the sandbox or of a server that is a function."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import httpx

from profiles.virtual_clock import VirtualClock
from service.core.freshness import ACCOUNT_SCOPED, Namespace
from service.core.queries import Account, Query, Reading
from service.gateway.batched_reads import BatchedReads
from service.gateway.flash_reads import FlashReads
from service.gateway.graphql import GraphQL
from tests.gateway.fakes import Tally, Tasks, client_of, sent, virtual

__all__ = ["Scene", "Server", "all_of", "kinds_of", "with_server"]

Answering = Callable[[httpx.Request], Awaitable[httpx.Response] | httpx.Response]


class Server:
    """Records what it was asked; `answers` are used up first, then `answer` says."""

    def __init__(self, clock: VirtualClock, answer: Callable[[dict[str, Any]], Any], delay_s: float = 0.1) -> None:
        self.requests: list[dict[str, Any]] = []
        self.tokens: list[str | None] = []
        self.answer = answer
        self._clock = clock
        self._delay_s = delay_s

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        asked = sent(request)
        self.requests.append(asked)
        self.tokens.append(request.headers.get("authorization"))
        answer = self.answer(asked)
        await self._clock.sleep(self._delay_s)
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)

    @property
    def operations(self) -> list[str]:
        return [request["operationName"] for request in self.requests]


class Scene:
    """Reads that batch, and the server behind them."""

    def __init__(self, clock: VirtualClock, answer: Callable[[dict[str, Any]], Any]) -> None:
        self.clock = clock
        self.server = Server(clock, answer)
        self.meter = Tally()
        self.tasks = Tasks()
        graphql = GraphQL(client_of(self.server), "https://flash.test/graphql", clock, self.meter)  # type: ignore[arg-type]  # httpx takes coroutines, too
        self.reads = BatchedReads(FlashReads(graphql, clock), graphql, clock, self.tasks, self.meter)


def with_server(act: Callable[[Scene], Awaitable[None]], answer: Callable[[dict[str, Any]], Any]) -> None:
    async def main(clock: VirtualClock) -> None:
        await act(Scene(clock, answer))

    virtual(main)


async def all_of(reads: Callable[[Query], Awaitable[Reading]], *queries: Query) -> list[Reading | BaseException]:
    """All at once; errors in the place of readings."""
    return await asyncio.gather(*(reads(query) for query in queries), return_exceptions=True)


def kinds_of(account: Account) -> Sequence[Query]:
    """A read of every kind, on behalf of one user."""
    arguments = {Namespace.PRICE: "USD", Namespace.RATE: "JMD", Namespace.RECIPIENT: "bob"}
    return [
        Query(kind, account=account)
        if kind in ACCOUNT_SCOPED
        else Query(kind, arguments.get(kind, ""), carrier=account)
        for kind in Namespace
    ]
