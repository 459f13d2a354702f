"""What the store's tests share: servers, ways to run commands, fakes, and facts to store."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

import msgspec

from profiles.round_trip import RoundTrip
from profiles.simredis import SimRedis
from service.clocks import SystemClock
from service.core.errors import StoreUnavailable
from service.core.experiments import ARMS, METRICS, ArmFigures, Experiment, Metric, Record
from service.core.messages import Incoming
from service.core.payments import Payment, Target, proposal_id
from service.core.sequential import Moments
from service.core.sessions import Session
from service.store.clients import Client, pooled_client, shared_client
from service.store.commands import Command, Run
from service.store.one_by_one import OneByOne
from service.store.pipelined import Pipelined

__all__ = [
    "FakeClock",
    "FakeDice",
    "FakeMeter",
    "Losing",
    "Nursery",
    "Server",
    "Stage",
    "counted",
    "figures",
    "incoming",
    "memory_server",
    "proposal",
    "session",
    "trial",
]

Scenario = Callable[[Run], Awaitable[None]]


class Server(msgspec.Struct, frozen=True):
    """Where clients connect to."""

    url: str
    connection: dict[str, Any] | None = None

    def shared(self) -> Client:
        return shared_client(self.url, self.connection)

    def pooled(self) -> Client:
        return pooled_client(self.url, self.connection)


def memory_server() -> Server:
    """A server in this process, empty."""
    simulation = SimRedis(SystemClock(), RoundTrip(rtt_ms=0.0), FakeDice())
    return Server("redis://in-memory", simulation.connection_kwargs())


class Stage(msgspec.Struct, frozen=True):
    """A server and one of the ways to talk to it."""

    server: Server
    pipelined: bool
    pooled: bool

    def play(self, scenario: Scenario) -> None:
        """Runs the scenario on an event loop of its own."""
        asyncio.run(self._play(scenario))

    async def _play(self, scenario: Scenario) -> None:
        client = self.server.pooled() if self.pooled else self.server.shared()
        nursery = Nursery()
        try:
            await scenario(Pipelined(client, nursery) if self.pipelined else OneByOne(client))
        finally:
            await nursery.close()
            await client.close()


class Nursery:
    """Implements Spawn; an error in the background fails the test."""

    def __init__(self) -> None:
        self.tasks: list[asyncio.Task[None]] = []

    def __call__(self, work: Coroutine[Any, Any, None], *, name: str) -> None:
        self.tasks.append(asyncio.get_running_loop().create_task(work, name=name))

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        results = await asyncio.gather(*self.tasks, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result


class Losing:
    """A Run whose first calls fail: all of their commands were carried out, or as many as `carried_out` says."""

    def __init__(self, run: Run, times: int, carried_out: int | None = None) -> None:
        self._run = run
        self._carried_out = carried_out
        self.left = times

    async def __call__(self, commands: Sequence[Command]) -> list[Any]:
        if not self.left:
            return await self._run(commands)
        if arrived := commands[: self._carried_out]:
            await self._run(arrived)
        self.left -= 1  # not when the server has answered with an error: that reply arrives
        raise StoreUnavailable("the reply was lost")


class counted:  # noqa: N801 - used as a function
    """A Run that counts its calls and commands."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self.calls = 0
        self.commands: list[Command] = []

    async def __call__(self, commands: Sequence[Command]) -> list[Any]:
        self.calls += 1
        self.commands += commands
        return await self._run(commands)


class FakeDice:
    """Implements Dice: the same chance in every run."""

    def __init__(self, seed: int = 1) -> None:
        self._random = random.Random(seed)

    def token(self, nbytes: int) -> bytes:
        return self._random.randbytes(nbytes)

    def uniform(self) -> float:
        return self._random.random()


class FakeMeter:
    """Implements Meter: remembers."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()

    def count(self, name: str, label: str = "", by: int = 1) -> None:
        self.counts[name, label] += by

    def observe(self, name: str, value: float, label: str = "") -> None:
        raise AssertionError(f"nobody should observe {name} {label} {value}")


class FakeClock:
    """Implements Clock: moves when somebody sleeps, and lets others run meanwhile."""

    def __init__(self) -> None:
        self.time_s = 1_700_000_000.0

    def now(self) -> float:
        return self.time_s

    def monotonic(self) -> float:
        return self.time_s

    async def sleep(self, seconds: float) -> None:
        self.time_s += seconds
        await asyncio.sleep(0)

    def charge(self, work: str) -> None:
        raise AssertionError(f"nobody should charge {work}")


def incoming(
    number: int = 1, *, sender: str = "18765550101", phone: str | None = "+18765550101", alias: str | None = None
) -> Incoming:
    """The message of this number."""
    text = f"message {number}"
    return Incoming(f"wamid.{number}", sender, phone, "text", text, 1_700_000_000, 1_700_000_001.5, alias=alias)


def session(user: str = "u1", phone: str = "+18765550101") -> Session:
    """A linked user."""
    return Session(user, phone, f"account-{user}", "alice", f"secret-token-of-{user}", 1_700_000_000.0)


def proposal(number: int = 1, user: str = "u1") -> Payment:
    """A proposal of 5 dollars, made by the message of this number."""
    target = Target("wallet", "@bob", "wallet-bob")
    payment_id = proposal_id(f"wamid.{number}")
    return Payment(payment_id, user, f"account-{user}", "wallet-mine", target, 500, None, 1_700_000_000.0)


def trial(name: str = "ttl", switch: str = "1.3", **changes: Any) -> Experiment:
    """An experiment with half of the users in each arm."""
    plan = Experiment(
        name=name,
        switch=switch,
        on_percent=50.0,
        off_percent=50.0,
        salt="s",
        metrics=METRICS,
        started_at_s=1_700_000_000.0,
        started_by="ann",
    )
    return msgspec.structs.replace(plan, **changes)


def figures(messages: int, at_s: float = 1_700_000_060.0) -> Record:
    """What an instance has measured: so many messages of two users in each arm."""
    users: dict[Metric, Moments] = {
        "response": Moments(2, 10.0, 52.0),
        "errors": Moments(2, 1.0, 1.0),
        "upstream": Moments(2, 3.0, 5.0),
    }
    return Record(at_s, {arm: ArmFigures(messages, users) for arm in ARMS})
