"""The same seed is the same run, to the last digit, in every process."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from profiles.arms import phase_arm
from profiles.trace import draw
from profiles.virtual_run import VirtualRun, run_arm
from profiles.workload import load_workload

pytestmark = pytest.mark.no_cover  # what runs here others cover, and tracing it takes three times as long

ROOT = Path(__file__).parents[2]
PROGRAM = """
import sys, msgspec
from profiles.arms import phase_arm
from profiles.trace import draw
from profiles.virtual_run import run_arm
from profiles.workload import load_workload

workload = load_workload("quiet")
run = run_arm(phase_arm(int(sys.argv[1])), workload, draw(workload, int(sys.argv[2])))
sys.stdout.buffer.write(msgspec.json.encode(run))
"""


def in_a_process(phase: int, hash_seed: str, seed: int = 1) -> bytes:
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": hash_seed}
    command = [sys.executable, "-c", PROGRAM, str(phase), str(seed)]
    return subprocess.run(command, env=environ, capture_output=True, check=True, timeout=60).stdout


@pytest.mark.parametrize("phase", [0, 3, 4])
def test_two_processes_with_other_hash_seeds_give_the_same_bytes(phase: int) -> None:
    one, other = in_a_process(phase, "1"), in_a_process(phase, "4242")
    run = msgspec.json.decode(one, type=VirtualRun)
    assert run.responses
    assert run.movements
    assert one == other


def test_a_second_run_in_one_process_is_the_same_as_the_first() -> None:
    workload = load_workload("quiet")
    trace = draw(workload, 1)
    one, other = (msgspec.json.encode(run_arm(phase_arm(3), workload, trace)) for _ in range(2))
    assert one == other


def test_a_run_does_not_depend_on_the_process_it_is_in() -> None:
    workload = load_workload("quiet")
    assert msgspec.json.encode(run_arm(phase_arm(1), workload, draw(workload, 1))) == in_a_process(1, "7")


def test_another_seed_is_another_run() -> None:
    workload = load_workload("quiet")
    one, other = (run_arm(phase_arm(0), workload, draw(workload, seed)) for seed in (1, 2))
    assert one.responses != other.responses
