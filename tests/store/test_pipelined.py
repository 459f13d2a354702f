"""Automatic pipelining, on a link whose round trips end when the test says so."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.core.errors import StoreError, StoreUnavailable
from service.store.commands import Run
from service.store.pipelined import MAX_BATCH, Pipelined
from tests.store.kit import Nursery
from tests.store.link_kit import FakeLink, echo, message, play, start, turns


def test_commands_of_one_turn_share_a_round_trip_and_everybody_gets_their_own_replies() -> None:
    link = FakeLink()

    async def scenario(run: Run) -> None:
        replies = await asyncio.gather(run(echo("a", "b")), run(echo("c")), run([]), run(echo("d")))
        assert list(replies) == [[b"a", b"b"], [b"c"], [], [b"d"]]

    play(link, scenario)
    assert link.batches == [[b"a", b"b", b"c", b"d"]]


def test_what_is_issued_while_the_connection_is_busy_leaves_together() -> None:
    link = FakeLink(held=True)

    async def scenario(run: Run) -> None:
        tasks = [start(run, "a")]
        await turns()
        for word in "bcd":
            tasks.append(start(run, word))
            await turns()
        assert link.batches == [[b"a"]]
        for _ in range(2):
            link.release()
            await turns()
        assert await asyncio.gather(*tasks) == [[b"a"], [b"b"], [b"c"], [b"d"]]

    play(link, scenario)
    assert link.batches == [[b"a"], [b"b", b"c", b"d"]]


def test_a_free_connection_is_used_at_once() -> None:
    link = FakeLink(connections=2, held=True)

    async def scenario(run: Run) -> None:
        tasks: list[asyncio.Future[list[Any]]] = []
        for word in "abc":
            tasks.append(start(run, word))
            await turns()
        assert link.batches == [[b"a"], [b"b"]]
        for _ in range(3):
            link.release()
            await turns()
        await asyncio.gather(*tasks)

    play(link, scenario)
    assert link.batches == [[b"a"], [b"b"], [b"c"]]


def test_a_batch_is_bounded() -> None:
    link = FakeLink()

    async def scenario(run: Run) -> None:
        await asyncio.gather(*(run(echo(f"{number}", "x")) for number in range(100)))

    play(link, scenario)
    assert [len(batch) for batch in link.batches] == [MAX_BATCH, 200 - MAX_BATCH]


def test_more_than_a_batch_uses_more_than_a_connection() -> None:
    link = FakeLink(connections=2, held=True)

    async def scenario(run: Run) -> None:
        tasks = [start(run, f"{number}") for number in range(MAX_BATCH * 3)]
        await turns()
        assert [len(batch) for batch in link.batches] == [MAX_BATCH] * 2
        for _ in range(3):
            link.release()
            await turns()
        await asyncio.gather(*tasks)

    play(link, scenario, max_waiting=MAX_BATCH * 3)
    assert [len(batch) for batch in link.batches] == [MAX_BATCH] * 3


def test_a_call_that_is_larger_than_a_batch_goes_alone() -> None:
    link = FakeLink()

    async def scenario(run: Run) -> None:
        words = [str(number) for number in range(MAX_BATCH + 1)]
        replies = await asyncio.gather(run(echo("a")), run(echo(*words)), run(echo("b")))
        assert replies[1] == [word.encode() for word in words]

    play(link, scenario)
    assert [len(batch) for batch in link.batches] == [1, MAX_BATCH + 1, 1]


def test_an_error_reaches_its_caller_alone() -> None:
    async def scenario(run: Run) -> None:
        results = await asyncio.gather(
            run(echo("a")), run([("ECHO", "b"), ("FAIL", "c")]), run(echo("d")), return_exceptions=True
        )
        assert results[0] == [b"a"]
        assert isinstance(results[1], StoreError)
        assert results[2] == [b"d"]

    play(FakeLink(), scenario)


def test_without_an_answer_every_caller_of_the_batch_knows_and_the_next_batch_is_tried() -> None:
    link = FakeLink()

    async def scenario(run: Run) -> None:
        link.error = StoreUnavailable("gone")
        results = await asyncio.gather(run(echo("a")), run(echo("b")), return_exceptions=True)
        assert [type(result) for result in results] == [StoreUnavailable] * 2
        assert results[0] is not results[1]
        link.error = None
        assert await run(echo("c")) == [b"c"]

    play(link, scenario)


@pytest.mark.parametrize("bad", [None, True, ["list"], "\ud800"])
def test_what_cannot_be_sent_fails_where_it_was_asked_for(bad: Any) -> None:
    async def scenario(run: Run) -> None:
        good, wrong = await asyncio.gather(run(echo("a")), run([("SET", "b", bad)]), return_exceptions=True)
        assert good == [b"a"]
        assert isinstance(wrong, TypeError | UnicodeEncodeError)

    play(FakeLink(), scenario)


def test_a_caller_that_gives_up_before_its_turn_has_asked_nothing() -> None:
    link = FakeLink()

    async def scenario(run: Run) -> None:
        keen, weary = start(run, "a"), start(run, "b")
        await asyncio.sleep(0)
        weary.cancel()
        assert await keen == [b"a"]

    play(link, scenario)
    assert link.batches == [[b"a"]]


def test_a_caller_that_gives_up_under_way_takes_nothing_from_the_others() -> None:
    link = FakeLink(held=True)

    async def scenario(run: Run) -> None:
        tasks = [start(run, word) for word in "abc"]
        await turns()
        tasks[1].cancel()
        await turns()
        link.release()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert results[0::2] == [[b"a"], [b"c"]]
        assert isinstance(results[1], asyncio.CancelledError)

    play(link, scenario)


def test_more_than_the_bound_does_not_wait() -> None:
    link = FakeLink(held=True)

    async def scenario(run: Run) -> None:
        first = start(run, "a")
        await turns()
        second = start(run, "b", "c")
        await turns()
        with pytest.raises(StoreUnavailable, match="2 commands are waiting"):
            await run(echo("d", "e"))
        for _ in range(2):
            link.release()
            await turns()
        assert list(await asyncio.gather(first, second)) == [[b"a"], [b"b", b"c"]]

    play(link, scenario, max_waiting=3)


def test_when_no_background_work_is_taken_callers_know() -> None:
    def refuse(work: Coroutine[Any, Any, None], *, name: str) -> None:
        work.close()
        raise RuntimeError(f"{name} was not started")

    async def scenario() -> None:
        with pytest.raises(StoreUnavailable, match="store-pipeline was not started"):
            await Pipelined(FakeLink(), refuse)(echo("a"))

    asyncio.run(scenario())


def test_when_the_service_stops_everybody_who_waits_knows() -> None:
    link = FakeLink(held=True)

    async def scenario() -> None:
        nursery = Nursery()
        run = Pipelined(link, nursery)
        under_way = start(run, "a")
        await turns()
        waiting = start(run, "b")
        await turns()
        await nursery.close()
        for result in await asyncio.gather(under_way, waiting, return_exceptions=True):
            assert isinstance(result, StoreUnavailable)

    asyncio.run(scenario())


def test_a_defect_below_is_raised_and_nobody_is_left_waiting() -> None:
    link = FakeLink()
    link.error = ZeroDivisionError("a defect")

    async def scenario(run: Run) -> None:
        with pytest.raises(StoreUnavailable, match="ZeroDivisionError"):
            await run(echo("a"))

    with pytest.raises(ZeroDivisionError):
        play(link, scenario)


def test_a_round_trip_belongs_to_no_message() -> None:
    link = FakeLink()

    async def scenario(run: Run) -> None:
        message.set("first")
        await run(echo("a"))

    play(link, scenario)
    assert link.messages == ["none"]


PLANS = st.lists(
    st.tuples(
        st.integers(0, 6),  # turns to wait before asking
        st.integers(1, 4),  # commands
        st.one_of(st.none(), st.integers(0, 6)),  # turns until giving up
    ),
    max_size=30,
)


@given(plan=PLANS, connections=st.integers(1, 3), latency=st.integers(0, 3))
@settings(max_examples=100)
def test_nobody_ever_gets_a_reply_of_somebody_else(
    plan: list[tuple[int, int, int | None]], connections: int, latency: int
) -> None:
    class Slow(FakeLink):
        async def ask(self, commands: Sequence[bytes]) -> list[Any]:
            await turns(latency)
            return await super().ask(commands)

    async def caller(run: Run, number: int, wait: int, count: int) -> None:
        await turns(wait)
        words = [f"{number}.{place}" for place in range(count)]
        assert await run(echo(*words)) == [word.encode() for word in words]

    async def scenario(run: Run) -> None:
        tasks = []
        for number, (wait, count, patience) in enumerate(plan):
            tasks.append(task := asyncio.create_task(caller(run, number, wait, count)))
            if patience is not None:
                await turns(patience)
                task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            assert result is None or isinstance(result, asyncio.CancelledError)

    play(Slow(connections), scenario)
