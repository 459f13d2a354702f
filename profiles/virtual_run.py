"""One arm, driven by one trace, in virtual time: exact, and the same to the last digit on every machine."""

import asyncio
import math
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from profiles.arms import ArmSpec
from profiles.bills import Bill, Bills
from profiles.ceilings import Invalidation, Read
from profiles.driver import Answers, Letters
from profiles.marks import Mark, interval_ends, mark_of
from profiles.planted import Post, planted
from profiles.silence import silence
from profiles.stage import APP_SECRET, Stage, deploy_again, set_stage
from profiles.trace import Arrival, Trace
from profiles.virtual_clock import DEFAULT_COSTS, VirtualClock, run_virtual
from profiles.workload_model import Workload
from service.core.freshness import Namespace
from service.core.queries import Query
from service.rubbish import seldom_collected
from service.sandbox.webhooks import SIGNATURE_HEADER, sign, webhook_body
from service.switching import use

__all__ = ["Response", "VirtualRun", "post", "run_arm"]

_START_UNIX_S = 1_767_600_000.0  # a Monday morning; any time does, as long as it is always the same
_SETTLE_S = 120.0  # after the last message, for what is still under way
_DELIVERED_AGAIN_S = 4.0  # WhatsApp's first wait after a refusal, and by how much each is longer than the one before
_TICK = 50


class Response(msgspec.Struct, frozen=True):
    """One message and what became of it; `response_ms` is None when it was never answered.

    `at_s` is when it was sent, in seconds from the start of the trace.
    """

    wamid: str
    at_s: float
    intent: str
    response_ms: float | None
    bodies: list[dict[str, Any]]


class VirtualRun(msgspec.Struct, frozen=True):
    """What one arm did: times, counts, and the reads that its commands asked for, in seconds from the start.

    Where the bot was restarted on the way, all that is of after that; `asked_before` are the keys that were read until
    then. `store_ms` is the time that messages waited for the store in all, in `store_operations` steps. `notices` is
    what users were told that answers no message of theirs, by what it is about. `marks` are what had been counted at
    the end of each interval of the timeline, `bills` what the messages cost by what they ask for.
    """

    arm: ArmSpec
    responses: list[Response]
    asked: list[Read]
    asked_before: frozenset[str]
    invalidations: list[Invalidation]
    reads: dict[str, int]
    upstream_calls: dict[str, int]
    upstream_ms: dict[str, float]
    warm_calls: dict[str, int]
    early_refreshes: dict[str, int]
    fetched_along: dict[str, int]
    renewals: int
    webhooks: dict[str, int]
    messages: dict[str, int]
    commands: dict[str, int]
    redis_round_trips: int
    housekeeping_round_trips: int
    store_operations: int
    store_ms: float
    charged_ms: dict[str, float]
    movements: list[str]
    notices: dict[str, list[dict[str, Any]]] = {}
    marks: list[Mark] = []
    bills: dict[str, Bill] = {}


def run_arm(
    arm: ArmSpec,
    workload: Workload,
    trace: Trace,
    tick: Callable[[int], None] = lambda _delivered: None,
    *,
    settle_s: float = _SETTLE_S,
) -> VirtualRun:
    """Drives the arm; `tick` is told of the messages that were delivered since it was told last.

    What is not answered `settle_s` after the last message, or in as much time again to shut down, counts as unanswered.
    """
    return run_virtual(
        lambda clock: _Run(arm, workload, trace, clock, settle_s).go(tick),
        start_unix_s=_START_UNIX_S,
        costs=DEFAULT_COSTS.slower(workload.core.slowdown),
    )


class _Run:
    """The state of one run."""

    def __init__(
        self,
        arm: ArmSpec,
        workload: Workload,
        trace: Trace,
        clock: VirtualClock,
        settle_s: float,
    ) -> None:
        self._arm = arm
        self._workload = workload
        self._trace = trace
        self._clock = clock
        self._settle_s = settle_s
        self._begin_s = clock.now()
        self._measured_from_s = 60 * (workload.restart_at_minutes or 0.0)
        self._measured = [one for one in trace.arrivals if one.at_s >= self._measured_from_s]
        self._asked_before: frozenset[str] = frozenset()
        self._asked: list[Read] = []
        self._invalidations: list[Invalidation] = []
        self._store_s: list[float] = []
        self._bills = Bills()
        self._marks: list[Mark] = []
        self._answers = Answers()
        self._letters = Letters(trace, self._answers)

    async def go(self, tick: Callable[[int], None]) -> VirtualRun:
        stage = await set_stage(
            self._arm,
            self._workload,
            self._trace,
            self._clock,
            on_read=self._note_read,
            on_forget=self._note_forget,
            on_store=self._note_store,
            on_reply=lambda sent: self._answers.take(sent.body, sent.received_at),
            bills=self._bills,
        )
        with silence(), seldom_collected(), use(frozenset({self._arm.planted})):
            if self._measured_from_s:
                stage = await self._live_before(stage, tick)
            before = stage.bot.message_round_trips
            await stage.bot.start()
            if not self._measured_from_s:
                self._begin_s = self._clock.now()
            self._store_s.clear()
            self._mark(stage, before)
            await self._drive(stage, self._measured, tick)
            await self._clock.sleep(max(0.0, self._end_s - self._clock.now()))
            await stage.bot.stop(self._settle_s)
        return self._result(stage, stage.bot.message_round_trips - before)

    def _mark(self, stage: Stage, round_trips_before: int) -> None:
        """Has the counters read at the end of each interval; nothing else of the run is any different for it."""

        def look(at_s: float) -> None:
            self._marks.append(mark_of(stage.bot, at_s - self._begin_s, round_trips_before))

        ends_s = interval_ends(self._measured_from_s, 60 * self._trace.minutes)
        self._clock.mark((self._begin_s + end_s for end_s in ends_s), look)

    @property
    def _end_s(self) -> float:
        return self._begin_s + self._trace.arrivals[-1].at_s + self._settle_s

    async def _live_before(self, stage: Stage, tick: Callable[[int], None]) -> Stage:
        """All until the restart; nothing of it is measured."""
        await stage.bot.start()
        self._begin_s = self._clock.now()
        await self._drive(stage, [one for one in self._trace.arrivals if one.at_s < self._measured_from_s], tick)
        await self._clock.sleep(max(0.0, self._begin_s + self._measured_from_s - self._clock.now()))
        await stage.bot.stop(self._settle_s)
        self._asked_before = frozenset(read.key for read in self._asked)
        self._asked.clear()
        self._invalidations.clear()
        return await deploy_again(stage)

    async def _drive(self, stage: Stage, arrivals: Sequence[Arrival], tick: Callable[[int], None]) -> None:
        """Open loop: each message at its time, however long the bot takes for the ones before."""
        send = planted(stage, self._arm, post)
        async with asyncio.TaskGroup() as group:
            for number, arrival in enumerate(arrivals, 1):
                early_s = self._begin_s + arrival.at_s - self._clock.now()
                if early_s > 0:  # a loop that is behind finds all that has come meanwhile, not one message a turn
                    await self._clock.sleep(early_s)
                group.create_task(self._deliver(stage, send, arrival), name=arrival.wamid)
                if number % _TICK == 0:
                    tick(_TICK)
        tick(len(arrivals) % _TICK)

    async def _deliver(self, stage: Stage, send: Post, arrival: Arrival) -> None:
        self._bills.begin(arrival.duplicate_of or arrival.wamid)
        invoice = ""
        if arrival.invoice is not None and arrival.duplicate_of is None:
            payee = self._trace.population[arrival.invoice.payee]
            account = stage.sandbox.world.accounts.by_phone(payee.phone)
            if account is None:
                raise LookupError(f"{payee.username} has no account")
            invoice = stage.sandbox.invoice(account, arrival.invoice.cents)
        message = self._letters.write(arrival, self._begin_s + arrival.at_s, invoice)
        body = webhook_body([message], phone_number_id="15550000000")
        signature, wait_s = sign(body, APP_SECRET), _DELIVERED_AGAIN_S
        while (status := await send(stage.bot.asgi, body, signature)) == 503:  # noqa: PLR2004 - HTTP's "not now"
            if self._clock.now() + wait_s >= self._end_s:
                return
            await self._clock.sleep(wait_s)
            wait_s *= _DELIVERED_AGAIN_S
        if status != 200:  # noqa: PLR2004 - HTTP's OK
            raise RuntimeError(f"the webhook answered {status}")

    def _note_store(self, seconds: float, round_trips: int) -> None:
        self._store_s.append(seconds)
        self._bills.store(round_trips)

    def _note_read(self, query: Query, at_s: float) -> None:
        self._bills.read(query)
        self._asked.append(Read(query.namespace, query.key, at_s - self._begin_s, query.fresh))

    def _note_forget(self, account_id: str, namespaces: frozenset[Namespace]) -> None:
        at_s = self._clock.now() - self._begin_s
        self._invalidations += [Invalidation(f"{name}:{account_id}:", at_s) for name in sorted(namespaces)]

    def _result(self, stage: Stage, round_trips: int) -> VirtualRun:
        meter = stage.bot.meter
        responses = [self._response(arrival) for arrival in self._measured if arrival.duplicate_of is None]
        return VirtualRun(
            arm=self._arm,
            responses=responses,
            asked=self._asked,
            asked_before=self._asked_before,
            invalidations=self._invalidations,
            reads=meter.by_label("reads"),
            upstream_calls=meter.by_label("upstream_calls"),
            upstream_ms={op: 1000 * seen.total for (name, op), seen in meter.observed.items() if name == "upstream_s"},
            warm_calls=meter.by_label("warm_calls"),
            early_refreshes=meter.by_label("early_refresh"),
            fetched_along=meter.by_label("fetched_along"),
            renewals=meter.by_label("renewals").get("started", 0),
            webhooks=meter.by_label("webhooks"),
            messages=meter.by_label("messages"),
            commands=meter.by_label("commands"),
            redis_round_trips=round_trips,
            housekeeping_round_trips=stage.bot.apart.round_trips,
            store_operations=len(self._store_s),
            store_ms=1000 * math.fsum(self._store_s),
            charged_ms={work: 1000 * seconds for work, seconds in sorted(self._clock.charged_s.items())},
            bills=self._bills.by_command({one.wamid: one.intent for one in responses}),
            notices=self._notices(),
            marks=self._marks,
            movements=[_movement(entry) for entry in stage.sandbox.world.ledger.journal],
        )

    def _notices(self) -> dict[str, list[dict[str, Any]]]:
        written = {arrival.wamid for arrival in self._trace.arrivals}
        answers = self._answers.by_message
        return {about: answers[about].bodies for about in sorted(answers.keys() - written)}

    def _response(self, arrival: Arrival) -> Response:
        answer = self._answers.by_message.get(arrival.wamid)
        if answer is None:
            return Response(arrival.wamid, arrival.at_s, arrival.intent, None, [])
        elapsed_ms = 1000 * (answer.at_s - self._begin_s - arrival.at_s)
        return Response(arrival.wamid, arrival.at_s, arrival.intent, round(elapsed_ms, 6), answer.bodies)


def _movement(entry: Any) -> str:
    """What moved, without when: arms differ in time, never in money."""
    return f"{entry.debit} -> {entry.credit}: {entry.amount} {entry.unit} ({entry.reason})"


async def post(asgi: Callable[..., Any], body: bytes, signature: str) -> int:
    """Posts a webhook to an ASGI application in process and gives the status."""
    status = 0
    sent = False

    async def receive() -> dict[str, Any]:
        nonlocal sent
        if sent:
            return {"type": "http.disconnect"}
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(event: dict[str, Any]) -> None:
        nonlocal status
        status = event.get("status", status)

    headers = [(SIGNATURE_HEADER.encode(), signature.encode()), (b"content-length", str(len(body)).encode())]
    scope = {"type": "http", "method": "POST", "path": "/webhook/whatsapp", "query_string": b"", "headers": headers}
    await asgi(scope, receive, send)
    return status
