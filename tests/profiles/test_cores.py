"""Which cores processes may use while bots are measured, and afterwards."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from profiles.gating.cores import sharing_a_core

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        not hasattr(os, "sched_getaffinity") or len(os.sched_getaffinity(0)) <= 1, reason="takes two cores and Linux"
    ),
]


@pytest.fixture
def bot() -> Iterator[int]:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process.pid
        process.kill()


def test_the_bots_have_a_core_and_everybody_else_what_is_left(bot: int) -> None:
    cores = sorted(os.sched_getaffinity(0))
    with sharing_a_core([bot], []):
        assert (os.sched_getaffinity(bot), os.sched_getaffinity(0)) == ({cores[-1]}, set(cores[:-1]))


def test_after_an_error_this_process_has_all_of_its_cores_again(bot: int) -> None:
    before = os.sched_getaffinity(0)
    with pytest.raises(RuntimeError, match="a round broke off"), sharing_a_core([bot], []):
        raise RuntimeError("a round broke off")
    assert os.sched_getaffinity(0) == before


def test_a_bot_that_is_gone_is_no_error() -> None:
    before = os.sched_getaffinity(0)
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    with sharing_a_core([process.pid], []):
        pass
    assert os.sched_getaffinity(0) == before
