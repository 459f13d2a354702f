"""The open loop: every message goes out at its time, whatever became of those before."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack

import httpx

from profiles.live.connections import Door, Pool
from profiles.live.listener import Listener
from profiles.live.orders import Letter, Orders, Outcome, Progress
from service.ports import Clock
from service.sandbox.webhooks import button_message, text_message, webhook_body

__all__ = ["Engine"]

_AT_A_TIME = 32
_POLL_S = 0.05
_INVOICE_AHEAD_S = 1.0
_PREPARED = 32
_TIMEOUT_S = 10.0
_REFUSED_FOR_NOW = 500
_NOT_ACCEPTED = 300


class _Delivery:
    """Implements Job: one letter on its way, again and again until it is accepted or given up."""

    __slots__ = ("_engine", "_tries", "number", "request")

    def __init__(self, engine: "Engine", number: int, request: bytes) -> None:
        self._engine = engine
        self._tries = 0
        self.number = number
        self.request = request

    def was_sent(self) -> None:
        if not self._tries:
            self._engine.note_sent(self.number)

    def was_answered(self, status: int) -> None:
        self._tries += 1
        self._engine.note_answered(self, status, self._tries)


class Engine:
    """One run of the generator. `tell` gets its progress."""

    def __init__(self, orders: Orders, tell: Callable[[Progress], None], clock: Clock) -> None:
        self._clock = clock
        self._orders = orders
        self._letters = orders.letters
        self._tell = tell
        self._loop = asyncio.get_running_loop()
        self._door = Door(orders.webhook_url, orders.secret)
        self._pool = Pool(self._door, orders.connections, clock)
        self._listener: Listener | None = None
        self._invoices: dict[int, str] = {}
        count = len(self._letters)
        self._numbers = {one.wamid: number for number, one in enumerate(self._letters) if not one.repeats}
        self._late_ms: list[float | None] = [None] * count
        self._accepted_ms: list[float | None] = [None] * count
        self._answered_ms: list[float | None] = [None] * count
        self._requests: dict[str, bytes] = {}
        self._repeated = {one.wamid for one in self._letters if one.repeats}
        self._statuses: Counter[int] = Counter()
        self._finished_ms: list[float] = []
        self._next = self._open = self._sent = self._accepted = self._refused = self._answered = 0
        self._stop = asyncio.Event()
        self._begin_s = self._offset_s = 0.0

    def stop(self) -> None:
        """Sends nothing more, and comes to an end with what there is."""
        self._stop.set()

    async def run(self) -> Outcome:
        """Sends all letters, waits for the answers, and says what became of them."""
        cpu_s = time.process_time()
        async with AsyncExitStack() as stack:
            if self._orders.sandbox_url is not None:
                http = await stack.enter_async_context(httpx.AsyncClient(timeout=_TIMEOUT_S, trust_env=False))
                self._listener = Listener(http, self._orders.sandbox_url)
                await self._listener.begin()
            stack.callback(self._pool.close)
            await self._pool.prepare(min(_PREPARED, self._orders.connections))
            await self._deliver()
        return self._outcome(time.process_time() - cpu_s)

    async def _deliver(self) -> None:
        self._begin_s = self._clock.monotonic() + self._orders.ahead_s
        self._offset_s = self._clock.now() - self._clock.monotonic()
        async with asyncio.TaskGroup() as group:
            helpers = [group.create_task(self._report()), group.create_task(self._listen())]
            if any(letter.payee for letter in self._letters):
                helpers.append(group.create_task(self._collect_invoices()))
            self._pump()
            await self._ended()
            for helper in helpers:
                helper.cancel()
        if self._listener is not None:
            await self._hear(self._listener)
        self._tell(self._progress())

    def _pump(self) -> None:
        """Sends what is due, a few at a time so that answers are read in between, and comes back for the next."""
        for _ in range(_AT_A_TIME):
            if self._next >= len(self._letters) or self._stop.is_set():
                return
            wait_s = self._begin_s + self._letters[self._next].at_s - self._clock.monotonic()
            if wait_s > 0:
                self._loop.call_later(wait_s, self._pump)
                return
            self._send(self._next)
            self._next += 1
        self._loop.call_soon(self._pump)

    def _send(self, number: int) -> None:
        letter = self._letters[number]
        request = self._requests.get(letter.wamid) if letter.repeats else None
        if request is None:
            request = self._door.request(self._body(number, letter))
        if letter.wamid in self._repeated:
            self._requests[letter.wamid] = request
        self._open += 1
        self._pool.send(_Delivery(self, number, request))

    def _body(self, number: int, letter: Letter) -> bytes:
        sent_at_s = self._begin_s + letter.at_s + self._offset_s
        button = self._listener.button(letter.follows, letter.text) if letter.follows and self._listener else None
        if button is not None:
            message = button_message(
                letter.sender, button["id"], button["title"], message_id=letter.wamid, sent_at_s=sent_at_s
            )
        else:
            text = letter.text.replace("{invoice}", self._invoices.pop(number, "")) if letter.payee else letter.text
            message = text_message(letter.sender, text, message_id=letter.wamid, sent_at_s=sent_at_s)
        return webhook_body([message], phone_number_id=self._orders.phone_number_id)

    def note_sent(self, number: int) -> None:
        """A letter is on its way for the first time."""
        self._late_ms[number] = self._since_ms(number)
        self._sent += 1

    def note_answered(self, delivery: _Delivery, status: int, tries: int) -> None:
        """The webhook has answered, or the connection broke (0)."""
        self._statuses[status] += 1
        if 0 < status < _NOT_ACCEPTED:
            self._accept(delivery.number)
            return
        self._refused += 1
        again = status == 0 or status >= _REFUSED_FOR_NOW
        if again and tries <= len(self._orders.redelivery_s) and not self._stop.is_set():
            self._loop.call_later(self._orders.redelivery_s[tries - 1], self._pool.send, delivery)
        else:
            self._open -= 1

    def _accept(self, number: int) -> None:
        self._open -= 1
        self._accepted += 1
        self._accepted_ms[number] = accepted_ms = self._since_ms(number)
        if self._listener is None:
            self._finished_ms.append(accepted_ms)

    def _since_ms(self, number: int) -> float:
        """From the intended time until now."""
        return round(1000 * (self._clock.monotonic() - self._begin_s - self._letters[number].at_s), 3)

    async def _ended(self) -> None:
        """When all letters are delivered and answered, or there was time enough for it."""
        last_s = self._letters[-1].at_s if self._letters else 0.0
        deadline_s = self._begin_s + last_s + self._orders.settle_s
        while not self._stop.is_set() and self._clock.monotonic() < deadline_s:
            if self._next >= len(self._letters) and not self._open and self._all_heard:
                return
            await self._clock.sleep(_POLL_S)

    @property
    def _all_heard(self) -> bool:
        return self._listener is None or self._answered >= len(self._numbers)

    async def _listen(self) -> None:
        while self._listener is not None:
            await self._clock.sleep(_POLL_S)
            await self._hear(self._listener)

    async def _hear(self, listener: Listener) -> None:
        begin_unix_s = self._begin_s + self._offset_s
        for about, received_at in await listener.listen():
            number = self._numbers.get(about)
            if number is None:
                continue
            answered_ms = round(1000 * (received_at - begin_unix_s - self._letters[number].at_s), 3)
            if self._answered_ms[number] is None:
                self._answered += 1
                self._finished_ms.append(answered_ms)
            self._answered_ms[number] = answered_ms

    async def _collect_invoices(self) -> None:
        """Those that letters pay are made a moment before: they are good for a minute."""
        for number, letter in enumerate(self._letters):
            if letter.payee is None or letter.repeats or self._listener is None:
                continue
            await self._clock.sleep(self._begin_s + letter.at_s - _INVOICE_AHEAD_S - self._clock.monotonic())
            self._invoices[number] = await self._listener.invoice(letter.payee, letter.cents)

    async def _report(self) -> None:
        while True:
            await self._clock.sleep(self._orders.progress_s)
            self._tell(self._progress())

    def _progress(self) -> Progress:
        finished, self._finished_ms = self._finished_ms, []
        at_s = self._clock.monotonic() - self._begin_s
        due = self._letters[self._next].at_s if self._next < len(self._letters) else at_s
        return Progress(
            at_s=at_s,
            sent=self._sent,
            accepted=self._accepted,
            answered=self._answered,
            refused=self._refused,
            late_ms=1000 * max(0.0, at_s - due),
            latencies_ms=tuple(finished),
        )

    def _outcome(self, cpu_s: float) -> Outcome:
        return Outcome(
            start_unix_s=self._begin_s + self._offset_s,
            late_ms=tuple(self._late_ms),
            accepted_ms=tuple(self._accepted_ms),
            answered_ms=tuple(self._answered_ms),
            statuses={str(status): count for status, count in sorted(self._statuses.items())},
            waited_s=self._clock.monotonic() - self._begin_s,
            cpu_s=cpu_s,
            clock_step_ms=1000 * (self._clock.now() - self._clock.monotonic() - self._offset_s),
            lost_replies=self._listener.lost if self._listener else 0,
            stopped=self._stop.is_set(),
        )
