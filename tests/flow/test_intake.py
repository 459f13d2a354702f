"""Messages whose acceptance nobody heard of: nothing that their sender says later overtakes them."""

import asyncio
from collections.abc import Sequence

import pytest

from profiles.virtual_clock import VirtualClock
from service.core.errors import StoreUnavailable
from service.core.messages import Accepted, Entry, Incoming
from service.flow.intake import MAX_DOUBTS, Intake
from tests.flow.kit import incoming, virtually

ANN, BOB = "18765550001", "18765550002"


class SlowInbox:
    """Implements Inbox: accepts after as many seconds as a message's text says; "lost" is accepted, and it fails."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    async def accept(self, messages: Sequence[Incoming]) -> list[Accepted]:
        accepted = []
        for message in messages:
            entry_id = None
            if message.id not in {entry.id for entry in self.entries}:
                self.entries.append(Entry(message.id, "user", message))
                entry_id = message.id
            accepted.append(Accepted(message, "user", entry_id))
        for message in messages:
            wait_s, _, how = message.text.partition(" ")
            await asyncio.sleep(float(wait_s))
            if how == "lost":
                raise StoreUnavailable("the reply was lost")
        return accepted

    async def pending(self, limit: int) -> list[Entry]:
        return self.entries[:limit]


class Desk:
    """An intake over a slow inbox; `handed` has the ids of what it has handed over."""

    def __init__(self) -> None:
        self.inbox = SlowInbox()
        self.handed: list[str] = []
        self.intake = Intake(self.inbox, lambda entry: self.handed.append(entry.id))

    async def take(self, name: str, text: str = "0", sender: str = ANN, **fields: object) -> bool:
        """Whether it was accepted, as far as anybody heard."""
        message = incoming(text, id=name, **{"sender": sender, "phone": f"+{sender}", **fields})
        try:
            await self.intake.accept([message])
        except StoreUnavailable:
            return False
        return True

    async def is_doubtful(self) -> bool:
        try:
            async with asyncio.timeout(1):
                await self.intake.doubtful()
        except TimeoutError:
            return False
        return True


def test_what_was_accepted_is_handed_over_at_once_and_nobody_is_in_doubt() -> None:
    async def main(_: VirtualClock) -> tuple[list[str], bool]:
        desk = Desk()
        for name in "123":
            assert await desk.take(name)
        return desk.handed, await desk.is_doubtful()

    assert virtually(main) == (["1", "2", "3"], False)


def test_a_duplicate_is_not_handed_over() -> None:
    async def main(_: VirtualClock) -> list[str]:
        desk = Desk()
        assert await desk.take("1")
        assert await desk.take("1")
        return desk.handed

    assert virtually(main) == ["1"]


def test_nothing_overtakes_a_message_that_may_have_been_accepted() -> None:
    async def main(_: VirtualClock) -> list[str]:
        desk = Desk()
        assert not await desk.take("1", "0 lost")
        assert await desk.take("2")
        assert await desk.take("other", sender=BOB)
        return desk.handed

    assert virtually(main) == ["other"]


@pytest.mark.parametrize(
    "later",
    [{"sender": "bsuid", "phone": f"+{ANN}"}, {"sender": "bsuid", "phone": None, "alias": ANN}, {"phone": None}],
    ids=["the same phone", "its other identity", "no phone any more"],
)
def test_a_sender_is_known_by_each_of_their_identities(later: dict[str, object]) -> None:
    async def main(_: VirtualClock) -> list[str]:
        desk = Desk()
        assert not await desk.take("1", "0 lost")
        assert await desk.take("2", **later)  # type: ignore[arg-type]  # a test's shorthand
        return desk.handed

    assert virtually(main) == []


def test_nothing_overtakes_a_message_that_is_only_just_being_accepted() -> None:
    async def main(_: VirtualClock) -> tuple[list[str], bool]:
        desk = Desk()
        first = asyncio.create_task(desk.take("1", "5"))
        await asyncio.sleep(1)
        assert await desk.take("2")
        assert desk.handed == []
        await first
        return desk.handed, await desk.is_doubtful()

    assert virtually(main) == ([], True)


def test_an_earlier_message_does_not_wait_for_a_later_one() -> None:
    async def main(_: VirtualClock) -> list[str]:
        desk = Desk()
        first = asyncio.create_task(desk.take("1", "1"))
        await asyncio.sleep(0.5)
        second = asyncio.create_task(desk.take("2", "9"))
        await first
        assert desk.handed == ["1"]
        await second
        return desk.handed

    assert virtually(main) == ["1", "2"]


def test_whoever_gives_up_waiting_leaves_a_doubt() -> None:
    async def main(_: VirtualClock) -> list[str]:
        desk = Desk()
        first = asyncio.create_task(desk.take("1", "5"))
        await asyncio.sleep(1)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        await desk.take("2")
        return desk.handed

    assert virtually(main) == []


def test_after_a_sweep_nobody_is_in_doubt_any_more() -> None:
    async def main(_: VirtualClock) -> list[str]:
        desk = Desk()
        await desk.take("1", "0 lost")
        desk.intake.clear(desk.intake.doubts())
        assert not await desk.is_doubtful()
        await desk.take("2")
        return desk.handed

    assert virtually(main) == ["2"]


def test_a_doubt_that_was_raised_during_a_sweep_outlasts_it() -> None:
    """The inbox may have been read before the message came into it."""

    async def main(_: VirtualClock) -> tuple[list[str], bool]:
        desk = Desk()
        await desk.take("1", "0 lost")
        doubts = desk.intake.doubts()
        await desk.take("2")
        desk.intake.clear(doubts)
        await desk.take("3")
        return desk.handed, await desk.is_doubtful()

    assert virtually(main) == ([], True)


@pytest.mark.no_cover  # what runs here others cover, and tracing it takes three times as long
def test_doubts_are_bounded_beyond_them_everybody_is_in_doubt() -> None:
    async def main(_: VirtualClock) -> tuple[int, list[str]]:
        desk = Desk()
        for n in range(MAX_DOUBTS + 1):
            await desk.take(str(n), "0 lost", sender=f"s{n}", phone=None)
        doubts = desk.intake.doubts()
        await desk.take("mine", sender=BOB)
        assert desk.handed == []
        desk.intake.clear(desk.intake.doubts())
        await desk.take("mine again", sender=BOB)
        return len(doubts), desk.handed

    assert virtually(main) == (1, ["mine again"])
