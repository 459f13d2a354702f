import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial

import psutil
import pytest

from profiles.children import in_processes
from service.core.errors import ConfigError

Tick = Callable[[int], None]


def double(number: int, tick: Tick) -> tuple[int, int]:
    tick(number)
    return 2 * number, os.getpid()


def refuse(_tick: Tick) -> int:
    raise ConfigError("there is no phase 9")


def vanish(_tick: Tick) -> int:
    os._exit(7)


def last_for_ever(tick: Tick) -> int:
    tick(os.getpid())
    while True:
        os.read(os.pipe()[0], 1)


def start_another(tick: Tick) -> int:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        try:
            tick(other.pid)
            return last_for_ever(lambda _: None)
        finally:
            other.kill()


def test_results_come_in_order_from_processes_of_their_own_with_their_progress() -> None:
    ticks: list[int] = []
    results = in_processes([partial(double, n) for n in (1, 2, 3)], ticks.append, at_once=2)
    assert [doubled for doubled, _ in results] == [2, 4, 6]
    assert len({os.getpid(), *(pid for _, pid in results)}) == 4
    assert sorted(ticks) == [1, 2, 3]


def test_an_error_of_a_child_is_raised_here() -> None:
    with pytest.raises(ConfigError, match="there is no phase 9"):
        in_processes([refuse], lambda _: None, at_once=1)


def test_a_child_that_vanishes_is_an_error_with_its_exit_code() -> None:
    with pytest.raises(RuntimeError, match="ended with code 7"):
        in_processes([vanish], lambda _: None, at_once=1)


@pytest.mark.parametrize("work", [last_for_ever, start_another])
def test_an_interrupted_parent_leaves_no_child_behind(work: Callable[[Tick], int]) -> None:
    """Nor what the child has started."""
    pids: list[int] = []

    def interrupt(pid: int) -> None:
        pids.append(pid)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        in_processes([work], interrupt, at_once=1)
    assert not psutil.pid_exists(pids[0])
