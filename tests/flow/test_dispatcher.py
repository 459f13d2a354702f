import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from service.core.commands import CommandType, Parsed
from service.core.errors import StoreError, StoreUnavailable
from service.core.messages import Entry, Incoming, Outgoing, Text, Voice
from service.core.queries import Account
from service.core.requests import Request
from service.core.results import HelpShown, Result, Trouble, UnsupportedMessage
from service.core.sessions import Conversation, Heard, Linking, Session
from service.flow.dispatcher import Dispatcher
from service.observe.meter import MemoryMeter
from tests.flow.kit import ANN, NOW_S, entry, virtually

KNOWN = Conversation(ANN, None, None)
PARSED = Parsed(CommandType.BALANCE)


class FakeSessions:
    """Implements Sessions: everybody is Ann."""

    def __init__(self) -> None:
        self.opened: list[str] = []

    async def open(self, user: str) -> Conversation:
        self.opened.append(user)
        return KNOWN

    async def save(self, session: Session) -> None:
        raise AssertionError("a dispatcher saves nothing")

    async def delete(self, session: Session) -> None:
        raise AssertionError("a dispatcher deletes nothing")

    async def save_linking(self, user: str, linking: Linking) -> None:
        raise AssertionError("a dispatcher links nobody")

    async def find_by_phone(self, phone: str) -> Session | None:
        raise AssertionError("a dispatcher looks for nobody")

    async def find_by_user(self, user: str) -> Session | None:
        raise AssertionError("a dispatcher looks for nobody")

    async def find_by_wallet(self, wallet_id: str) -> Heard | None:
        raise AssertionError("a dispatcher looks for nobody")

    async def find_account(self, account_id: str) -> Account | None:
        raise AssertionError("a dispatcher looks for nobody")


class Bench:
    """A dispatcher over fakes; `errors` are raised by the step of that name."""

    def __init__(self, **errors: BaseException) -> None:
        self.errors = errors
        self.sessions = FakeSessions()
        self.meter = MemoryMeter()
        self.requests: list[Request] = []

    def understand(self, message: Incoming, conversation: Conversation) -> Parsed:
        self._fail("understand")
        return PARSED

    async def run(self, request: Request) -> Result:
        self.requests.append(request)
        self._fail("run")
        return HelpShown(None, linked=True)

    def word(self, result: Result) -> Sequence[Outgoing]:
        if not isinstance(result, Trouble):
            self._fail("word")
        return [Text(repr(result))]

    def replies(self, item: Entry) -> Sequence[Outgoing]:
        async def main(clock: Any) -> Sequence[Outgoing]:
            dispatch = Dispatcher(
                sessions=self.sessions,
                understand=self.understand,
                run=self.run,
                word=self.word,
                aloud=lambda replies: [*replies, Voice("aloud")],
                clock=clock,
                meter=self.meter,
                phone_region="GB",
            )
            return await dispatch(item)

        return virtually(main)

    def _fail(self, step: str) -> None:
        if step in self.errors:
            raise self.errors[step]


def worded(result: Result) -> list[Text]:
    return [Text(repr(result))]


def test_a_message_becomes_a_request_and_its_result_the_replies() -> None:
    bench, item = Bench(), entry("7")
    assert bench.replies(item) == worded(HelpShown(None, linked=True))
    assert bench.requests == [Request(item.message, "ann", PARSED, KNOWN, NOW_S, "GB")]
    assert bench.meter.by_label("commands") == {"balance": 1}


def test_a_kind_that_nobody_reads_gets_an_answer_without_a_look_at_the_store() -> None:
    bench = Bench()
    assert bench.replies(entry("7", kind="unsupported")) == worded(UnsupportedMessage())
    assert (bench.sessions.opened, bench.requests) == ([], [])


@pytest.mark.parametrize(("step", "label"), [("understand", "understand"), ("run", "balance"), ("word", "balance")])
def test_a_mistake_of_ours_ends_in_an_apology_and_is_counted(step: str, label: str) -> None:
    bench = Bench(**{step: ZeroDivisionError()})
    assert bench.replies(entry()) == worded(Trouble("internal"))
    assert bench.meter.by_label("errors") == {label: 1}


@pytest.mark.parametrize("error", [StoreError("lost"), StoreUnavailable("down")])
def test_what_the_store_fails_is_left_for_another_try(error: StoreError) -> None:
    bench = Bench(run=error)
    with pytest.raises(type(error)):
        bench.replies(entry())
    assert bench.meter.by_label("errors") == {}


def test_cancellation_is_not_apologised_for() -> None:
    bench = Bench(run=asyncio.CancelledError())
    with pytest.raises(asyncio.CancelledError):
        bench.replies(entry())
    assert bench.meter.by_label("errors") == {}


def test_who_asks_for_a_spoken_answer_gets_one_too() -> None:
    bench = Bench()
    bench.understand = lambda message, conversation: Parsed(CommandType.HELP, {"voiceRequested": "true"})  # type: ignore[method-assign]  # another parser
    assert bench.replies(entry("voice help")) == [*worded(HelpShown(None, linked=True)), Voice("aloud")]
    assert Voice("aloud") not in Bench().replies(entry("help"))
