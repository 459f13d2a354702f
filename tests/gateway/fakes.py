"""Stand-ins at the ports, and a place in virtual time to run them in."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import httpx
import msgspec

from profiles.virtual_clock import VirtualClock, run_virtual
from service.core.errors import StoreUnavailable, UpstreamUnavailable
from service.core.freshness import LONG_TTL_S, Namespace
from service.core.queries import (
    Account,
    Balance,
    Currencies,
    Currency,
    Price,
    Profile,
    Query,
    Reading,
    ReadingSource,
    Recipient,
    Transactions,
    Value,
)

START_S = 1_000_000.0
ANA = Account("acc-ana", "token-ana")
BEN = Account("acc-ben", "token-ben")
BALANCE = Query(Namespace.BALANCE, account=ANA)
PRICE = Query(Namespace.PRICE, "USD")
PROFILE = Query(Namespace.PROFILE, account=ANA)
BOB = Query(Namespace.RECIPIENT, "bob")
FRESH_BALANCE = Query(Namespace.BALANCE, account=ANA, fresh=True)
BALANCES = frozenset({Namespace.BALANCE})
DOWN = UpstreamUnavailable("balance", "HTTP 503")

T = TypeVar("T")


def virtual(main: Callable[[VirtualClock], Coroutine[Any, Any, T]]) -> T:
    """Runs a test in virtual time."""
    return run_virtual(main, start_unix_s=START_S)


def long_ttl(namespace: Namespace) -> float:
    return LONG_TTL_S[namespace]


_ANSWERS: Mapping[Namespace, Value] = {
    Namespace.PRICE: Price(1, 0),
    Namespace.RATE: Price(2, 0),
    Namespace.CURRENCIES: Currencies((Currency("USD", "$", "US Dollar", 2),)),
    Namespace.RECIPIENT: Recipient("w-bob"),
    Namespace.PROFILE: Profile(ANA.id, "ana", None, "USD", "w-ana"),
    Namespace.BALANCE: Balance(500),
    Namespace.TRANSACTIONS: Transactions(()),
}


async def turns(count: int) -> None:
    """Lets everything else run for some turns of the loop."""
    for _ in range(count):
        await asyncio.sleep(0)


async def cancelled_after(count: int, work: Coroutine[Any, Any, Any]) -> bool:
    """Starts the work and cancels it after some turns; whether it was still running."""
    task = asyncio.ensure_future(work)
    await turns(count)
    was_running = task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    return was_running


class Tally:
    """A Meter that remembers."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.values: list[tuple[str, float, str]] = []

    def count(self, name: str, label: str = "", by: int = 1) -> None:
        self.counts[f"{name}:{label}"] += by

    def observe(self, name: str, value: float, label: str = "") -> None:
        self.values.append((name, value, label))


class Tasks:
    """A Spawn whose tasks can be looked at."""

    def __init__(self) -> None:
        self.all: list[asyncio.Task[None]] = []

    def __call__(self, work: Coroutine[Any, Any, None], *, name: str) -> None:
        self.all.append(asyncio.create_task(work, name=name))

    async def settle(self) -> None:
        """Until all of them have ended; their errors are not of interest."""
        await asyncio.gather(*self.all, return_exceptions=True)

    @property
    def running(self) -> int:
        return sum(not task.done() for task in self.all)


def refuse_to_spawn(work: Coroutine[Any, Any, None], *, name: str) -> None:
    """A Spawn of a service that is stopping."""
    raise RuntimeError("the service is stopping")


class Upstream:
    """A Fetch: answers after `delay_s`, with the next scripted answer if there is one. Remembers what was asked."""

    def __init__(self, clock: VirtualClock, *, delay_s: float = 0.1) -> None:
        self.asked: list[Query] = []
        self.finished = 0
        self.script: deque[Value | Exception] = deque()
        self.is_down: Exception | None = None
        self.delay_s = delay_s
        self._clock = clock

    async def __call__(self, query: Query) -> Reading:
        self.asked.append(query)
        started_s = self._clock.now()
        answer = self.is_down or (self.script.popleft() if self.script else _ANSWERS[query.namespace])
        await self._clock.sleep(self.delay_s)
        self.finished += 1
        if isinstance(answer, Exception):
            raise answer
        return Reading(answer, started_s, ReadingSource.UPSTREAM)


class MemoryCache:
    """A CacheStore with the contract's TTLs and generations; `is_down` makes it unreachable, `delay_s` slow."""

    def __init__(self, clock: VirtualClock, *, delay_s: float = 0.0) -> None:
        self.is_down = False
        self.delay_s = delay_s
        self.gets: list[Sequence[str]] = []
        self.ttls: dict[str, float] = {}
        self._values: dict[str, tuple[bytes, float]] = {}
        self._clock = clock

    @property
    def keys(self) -> list[str]:
        """What is stored now, without the generations."""
        now_s = self._clock.now()
        return sorted(key for key, (_, ends_s) in self._values.items() if ends_s > now_s and not key.startswith("gen:"))

    async def get(self, keys: Sequence[str]) -> list[bytes | None]:
        await self._round_trip()
        self.gets.append(keys)
        return [self._read(key) for key in keys]

    async def set(self, key: str, value: bytes, ttl_s: float) -> None:
        await self._round_trip()
        self._write(key, value, ttl_s)

    async def set_if_generation(
        self, key: str, value: bytes, ttl_s: float, owner: str, generation: bytes | None
    ) -> bool:
        await self._round_trip()
        if self._read(self.generation_key(owner)) != generation:
            return False
        self._write(key, value, ttl_s)
        return True

    async def bump(self, owner: str, keys: Sequence[str]) -> None:
        await self._round_trip()
        number = int(self._read(self.generation_key(owner)) or b"0") + 1
        self._write(self.generation_key(owner), str(number).encode(), 1e9)
        for key in keys:
            self._values.pop(key, None)

    def generation_key(self, owner: str) -> str:
        return f"gen:{owner}"

    async def delete(self, keys: Sequence[str]) -> None:
        await self._round_trip()
        for key in keys:
            self._values.pop(key, None)

    async def _round_trip(self) -> None:
        await self._clock.sleep(self.delay_s)
        if self.is_down:
            raise StoreUnavailable("no store")

    def _read(self, key: str) -> bytes | None:
        value, ends_s = self._values.get(key, (b"", 0.0))
        return value if ends_s > self._clock.now() else None

    def _write(self, key: str, value: bytes, ttl_s: float) -> None:
        self._values[key] = value, self._clock.now() + ttl_s
        self.ttls[key] = ttl_s


class UsageInMemory:
    """A UsageStore."""

    def __init__(self, weights: Mapping[str, float] | None = None) -> None:
        self.weights = dict(weights or {})
        self.is_down = False
        self.saves: list[dict[str, float]] = []

    async def load(self, limit: int) -> list[tuple[str, float]]:
        if self.is_down:
            raise StoreUnavailable("no store")
        return sorted(self.weights.items(), key=lambda item: -item[1])[:limit]

    async def save(self, weights: Mapping[str, float]) -> None:
        if self.is_down:
            raise StoreUnavailable("no store")
        self.saves.append(dict(weights))
        self.weights.update(weights)


Handler = Callable[[httpx.Request], httpx.Response]


def client_of(handler: Handler) -> httpx.AsyncBaseTransport:
    """An httpx transport whose server is a function."""
    return httpx.MockTransport(handler)


def answering(data: Any = None, *, errors: Any = None, status: int = 200) -> Handler:
    """A server that always gives this GraphQL answer."""
    body = {"data": data} | ({"errors": errors} if errors else {})
    return lambda _: httpx.Response(status, json=body)


def sent(request: httpx.Request) -> dict[str, Any]:
    """What a request asked for."""
    return msgspec.json.decode(request.content, type=dict[str, Any])
