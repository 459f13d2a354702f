"""`pulse profile`: what cannot be profiled is one line that says so, before anything is started."""

import os

import pytest

from tests.pulse_cli.kit import Cli

pytestmark = pytest.mark.usefixtures("nowhere")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("cpu", "--phase", "9"), ("no phase 9",)),
        (("cpu", "--phase", "0..3"), ("only memory shows several phases", "--against")),
        (("memory", "--phase", "3..1"), ("--phase 3..1 is no phase", "0..6")),
        (("memory", "--phase", "0..2", "--against", "0"), ("one phase",)),
        (("cpu", "--against", "phase-6"), ("is the arm itself", "nothing to compare")),
        (("cpu", "--against", "yesterday"), ("'yesterday' is no arm", "phase-0")),
        (("leaks", "--against", "phase-0"), ("--against is for cpu and memory",)),
        (("memory", "--minutes", "0"), ("--minutes", "more than 0")),
        (("memory", "--json", "missing/m.json"), ("--json", "no directory missing")),
        (("cpu", "--workload", "nope"), ("nope", "no such workload")),
        (("memory", "--pid", "4194305"), ("--pid 4194305", "no such process")),
        (("memory", "--pid", "0"), ("--pid 0 names no process",)),
        (("cpu", "--pid", "-1"), ("--pid -1 names no process",)),
        (("memory", "--pid", str(os.getpid()), "--phase", "1"), ("--pid goes with --minutes",)),
    ],
)
def test_a_value_that_cannot_be_used_is_named(cli: Cli, arguments: tuple[str, ...], words: tuple[str, ...]) -> None:
    cli("profile", *arguments).assert_refused(*words)
