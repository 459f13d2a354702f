"""The profilers' parts: names of places, growth, commands around commands, and what is refused."""

import json
import os
from pathlib import Path

import pytest

from profiles.arms import phase_arm
from profiles.processes import ProcessError
from profiles.profilers import arm_named
from profiles.profilers.attach import attach
from profiles.profilers.growth import growth_of
from profiles.profilers.kinds import traffic_of
from profiles.profilers.passes import wrapped
from profiles.profilers.places import ITEM_FILES, Place, command_of, item_of, package_of, place_of
from profiles.profilers.readings import Site, heap_sites
from profiles.trace import draw
from profiles.workload import load_workload
from service.core.errors import ConfigError, PulseError
from service.roadmap import find

ROOT = Path(__file__).parents[2]
WORKER = Place("Worker.__call__", "service/flow/worker.py", 1)


@pytest.mark.parametrize(
    ("file", "short"),
    [
        ("/x/lib/python3.11/site-packages/httpx/_client.py", "httpx/_client.py"),
        ("/x/lib/python3.11/asyncio/tasks.py", "python/asyncio/tasks.py"),
        ("/home/service/pulse/service/flow/lanes.py", "service/flow/lanes.py"),
        ("<frozen importlib._bootstrap>", "python/importlib._bootstrap"),
    ],
)
def test_a_path_begins_with_its_package(file: str, short: str) -> None:
    assert place_of(f"f\0{file}\0003").file == short


def test_a_package_of_the_bot_is_a_stage() -> None:
    assert package_of("service/flow/lanes.py") == "service.flow"
    assert package_of("python/asyncio/tasks.py") == "python.asyncio"
    assert package_of("httpx/_client.py") == "httpx"


def test_a_command_is_known_by_its_handler() -> None:
    assert command_of([WORKER, Place("BalanceCommand.handle", "service/commands/balance.py", 1)]) == "balance"
    assert command_of([WORKER, Place("Sender.deliver", "service/reply/sender.py", 1)]).startswith("(writing")
    assert command_of([Place("Webhook.__call__", "service/edge/webhook.py", 1)]) == "(webhook)"


def test_every_file_of_an_item_is_there() -> None:
    assert all((ROOT / file).is_file() for files in ITEM_FILES.values() for file in files)
    assert all(find(key).key == key for key in ITEM_FILES)
    assert item_of("service/gateway/single_flight.py") == "1.1"


def rounds(file: str, per_round: int, *, noise: int = 0) -> list[list[Site]]:
    return [
        [
            Site(Place("", file, 7), 1_000 + number * per_round + noise * (number % 2), 1),
            Site(Place("", "b.py", 1), 9, 1),
        ]
        for number in range(10)
    ]


def test_a_line_that_keeps_bytes_each_round_grows() -> None:
    total, line = growth_of(rounds("a.py", 5_000), 100)
    assert (line.site, line.grows, total.grows) == ("a.py:7", True, True)
    assert line.bytes_per_message == pytest.approx(50)


def test_noise_does_not_grow() -> None:
    assert not any(each.grows for each in growth_of(rounds("a.py", 0, noise=4_000), 100))


def test_what_flattens_does_not_grow() -> None:
    sizes = [0, 0, 5_000, 9_000, 12_000, 14_000, 14_500, 14_501, 14_502, 14_503]
    assert not any(each.grows for each in growth_of([[Site(Place("", "a.py", 7), size, 1)] for size in sizes], 1))


def test_a_table_grows_only_beyond_its_bound() -> None:
    filling, bursting = (growth_of(rounds("service/flow/lanes.py", step), 100)[1] for step in (10_000, 500_000))
    assert (filling.is_table, filling.grows, bursting.grows) == (True, False, True)


def test_code_is_moved_from_the_machinery_of_imports_to_its_module(tmp_path: Path) -> None:
    imports = {"file": "<frozen importlib._bootstrap_external>", "line": 729, "bytes": 1_000, "blocks": 9}
    found = {"sites": [imports], "code": {"/x/site-packages/redis/client.py": 900}}
    (tmp_path / "heap-1.json").write_text(json.dumps(found))
    assert {site.place.file: site.size_bytes for site in heap_sites(tmp_path, 1)} == {
        "python/importlib._bootstrap_external": 100,
        "redis/client.py": 900,
    }


def test_the_program_is_wrapped_behind_its_interpreter() -> None:
    command = wrapped(("env", "A=1", "python", "-m", "pulse_cli", "serve"), "cpu", Path("out"))
    assert command[:3] == ("env", "A=1", "python")
    assert command[4:] == ("cpu", "out", "--", "-m", "pulse_cli", "serve")
    with pytest.raises(ProcessError, match="cannot be profiled"):
        wrapped(("pulse", "serve"), "cpu", Path("out"))


def test_an_arm_is_a_phase_or_changes_of_the_given_one() -> None:
    assert arm_named("phase-3 +5.1", 6) == phase_arm(3, "+5.1")
    assert arm_named("-1.3", 6) == phase_arm(6, "-1.3")
    with pytest.raises(ConfigError, match="is no arm"):
        arm_named("main", 6)


def test_a_trace_that_is_too_short_is_refused() -> None:
    with pytest.raises(ConfigError, match="too few to profile"):
        traffic_of(draw(load_workload("quiet"), 1, 0.05), "cpu", everything=True)


@pytest.mark.parametrize(("kind", "missing"), [("cpu", "py-spy"), ("memory", "gdb or lldb")])
def test_attaching_says_what_is_missing(kind: str, missing: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=missing):
        attach(kind, os.getpid(), 1.0, tmp_path, lambda _tool: None, has_memray=True)


def test_an_attempt_that_failed_leaves_no_folder(tmp_path: Path) -> None:
    with pytest.raises(PulseError, match="could not watch the process"):
        attach("cpu", os.getpid(), 0.0, tmp_path, lambda _tool: "false")
    assert list(tmp_path.iterdir()) == []


def test_attaching_to_nobody_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such process"):
        attach("memory", 2**22 + 1, 1.0, tmp_path)
