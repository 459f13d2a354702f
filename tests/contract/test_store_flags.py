"""The FlagStore port on the store."""

import pytest

from service.core.errors import StoreError, StoreUnavailable
from service.core.switches import FlagChange, FlagState
from service.store.commands import Run
from service.store.flags import HISTORY, RedisFlags
from tests.store.kit import Losing, Stage


def change(number: int, key: str = "3.3", percent: float = 100.0) -> FlagChange:
    return FlagChange(1_700_000_000.0 + number, key, percent, "operator")


def test_no_flags_are_set_at_first(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        assert await RedisFlags(run).read() == {}
        assert await RedisFlags(run).history(10) == []

    stage.play(scenario)


def test_flags_are_read_as_they_were_written_last(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        flags = RedisFlags(run)
        await flags.write(change(1, "3.3", 100.0))
        await flags.write(change(2, "1.1", 12.5))
        await flags.write(change(3, "3.3", 0.0))
        assert await flags.read() == {"3.3": FlagState(0.0), "1.1": FlagState(12.5)}

    stage.play(scenario)


def test_the_history_is_newest_first(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        flags = RedisFlags(run)
        for number in range(5):
            await flags.write(change(number))
        assert await flags.history(2) == [change(4), change(3)]

    stage.play(scenario)


def test_a_lost_reply_makes_no_second_line_of_history(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        await RedisFlags(Losing(run, 1)).write(change(1))
        assert await RedisFlags(run).history(10) == [change(1)]

    stage.play(scenario)


def test_a_change_whose_reply_is_lost_does_not_undo_a_later_one(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        with pytest.raises(StoreUnavailable):
            await RedisFlags(Losing(run, 2)).write(change(1, "3.3", 100.0))
        await RedisFlags(run).write(change(2, "3.3", 0.0))
        await RedisFlags(run).write(change(1, "3.3", 100.0))
        assert await RedisFlags(run).read() == {"3.3": FlagState(0.0)}
        assert await RedisFlags(run).history(10) == [change(2, "3.3", 0.0), change(1, "3.3", 100.0)]

    stage.play(scenario)


def test_the_history_is_bounded(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        await run([("LPUSH", "flags:history", *("x" for _ in range(HISTORY)))])
        await RedisFlags(run).write(change(1))
        assert await run([("LLEN", "flags:history")]) == [HISTORY]
        assert await RedisFlags(run).history(1) == [change(1)]

    stage.play(scenario)


def test_a_share_above_all_is_refused(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        with pytest.raises(ValueError, match="percent"):
            await RedisFlags(run).write(change(1, percent=101.0))
        assert await RedisFlags(run).read() == {}

    stage.play(scenario)


@pytest.mark.parametrize("value", ["much", "101", "-1", "nan"])
def test_a_flag_that_cannot_be_read_is_an_error(stage: Stage, value: str) -> None:
    async def scenario(run: Run) -> None:
        await run([("HSET", "flags", "3.3", value)])
        with pytest.raises(StoreError, match="flag cannot be read"):
            await RedisFlags(run).read()

    stage.play(scenario)


def test_a_history_that_cannot_be_read_is_an_error(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        await run([("LPUSH", "flags:history", b"{broken")])
        with pytest.raises(StoreError, match="history"):
            await RedisFlags(run).history(10)

    stage.play(scenario)
