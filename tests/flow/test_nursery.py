import asyncio

import pytest

from profiles.virtual_clock import VirtualClock
from service.flow.nursery import MAX_TASKS, Nursery
from service.observe.meter import MemoryMeter
from tests.flow.kit import virtually


class Diary:
    """Background work that writes down what becomes of it."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    async def work(self, name: str, takes_s: float, end_takes_s: float = 0.0) -> None:
        self.lines.append(f"{name} begun")
        try:
            await asyncio.sleep(takes_s)
            self.lines.append(f"{name} done")
        except asyncio.CancelledError:
            await asyncio.sleep(end_takes_s)
            self.lines.append(f"{name} cancelled")
            raise


async def fail(takes_s: float) -> None:
    await asyncio.sleep(takes_s)
    raise ValueError("broken")


def test_an_error_is_counted_by_name_and_stops_nobody_else() -> None:
    meter, diary = MemoryMeter(), Diary()

    async def main(_: VirtualClock) -> None:
        spawn = Nursery(meter)
        spawn(fail(1), name="warming")
        spawn(diary.work("other", 2), name="other")
        await asyncio.sleep(3)

    virtually(main)
    assert meter.by_label("background_errors") == {"warming": 1}
    assert diary.lines == ["other begun", "other done"]


def test_close_cancels_what_is_left_and_waits_until_it_is_gone() -> None:
    diary = Diary()

    async def main(clock: VirtualClock) -> float:
        spawn = Nursery(MemoryMeter())
        spawn(diary.work("short", 1), name="short")
        spawn(diary.work("long", 3600, end_takes_s=2), name="long")
        await asyncio.sleep(5)
        await spawn.close()
        return clock.monotonic()

    assert virtually(main) == 7
    assert diary.lines == ["short begun", "long begun", "short done", "long cancelled"]


def test_close_also_ends_work_that_other_work_starts_while_it_closes() -> None:
    diary = Diary()

    async def main(_: VirtualClock) -> None:
        spawn = Nursery(MemoryMeter())

        async def parent() -> None:
            try:
                await asyncio.sleep(3600)
            finally:
                spawn(diary.work("late", 3600), name="late")
                await asyncio.sleep(0)

        spawn(parent(), name="parent")
        await asyncio.sleep(1)
        await spawn.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    virtually(main)
    assert diary.lines == ["late begun", "late cancelled"]


def test_work_that_is_cancelled_before_it_began_leaves_no_warning() -> None:
    """An un-awaited coroutine warns when it is collected, and warnings are errors here."""
    diary = Diary()

    async def main(_: VirtualClock) -> None:
        spawn = Nursery(MemoryMeter())
        spawn(diary.work("never", 1), name="never")
        await spawn.close()

    virtually(main)
    assert diary.lines == []


def test_nothing_is_kept_of_finished_work() -> None:
    async def main(_: VirtualClock) -> int:
        spawn = Nursery(MemoryMeter())
        for _nap in range(100):
            spawn(asyncio.sleep(1), name="nap")
        await asyncio.sleep(2)
        return len(spawn._tasks)

    assert virtually(main) == 0


def test_more_work_than_the_bound_is_refused_and_never_begun() -> None:
    diary = Diary()

    async def main(_: VirtualClock) -> None:
        spawn = Nursery(MemoryMeter())
        for _nap in range(MAX_TASKS):
            spawn(asyncio.sleep(1), name="nap")
        with pytest.raises(RuntimeError, match="one too many"):
            spawn(diary.work("refused", 1), name="one too many")
        await asyncio.sleep(2)
        spawn(diary.work("later", 1), name="later")
        await asyncio.sleep(2)

    virtually(main)
    assert diary.lines == ["later begun", "later done"]
