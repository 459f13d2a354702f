"""A world is its seed: everywhere, always, and whatever ran before. And its parts do what they say."""

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from profiles.simulate.faults import KINDS, parse_kinds
from profiles.simulate.history import Booted, Effect, Ended, Faulted, Left, Said, Wrote
from profiles.simulate.judges.all import judge
from profiles.simulate.world import DEFAULT_KINDS, World, run_world
from service.core.errors import ConfigError

ROOT = Path(__file__).parents[2]
PROGRAM = """
import sys
from profiles.simulate.world import run_world
print(*(run_world(int(seed)).history.digest() for seed in sys.argv[1:]))
"""


def digests_of_a_process(hash_seed: str, *seeds: int) -> list[str]:
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": hash_seed}
    command = [sys.executable, "-c", PROGRAM, *map(str, seeds)]
    return subprocess.run(command, env=environ, capture_output=True, check=True, text=True).stdout.split()


def broken(world: World) -> list[str]:
    verdicts = judge(world.history, store_forgets="tail" in world.kinds)
    return [f"{name}: {verdict.findings[0].what}" for name, verdict in verdicts.items() if verdict.findings]


def test_a_world_is_the_same_in_every_process_whatever_ran_before_it() -> None:
    one, other = digests_of_a_process("1", 11, 12), digests_of_a_process("4242", 12)
    assert one[1:] == other
    assert run_world(12).history.digest() == one[1]
    assert len(set(one)) == 2


@pytest.mark.parametrize("seed", range(20, 26))
def test_everything_holds_in_a_world_of_faults(seed: int) -> None:
    assert not broken(run_world(seed))


@pytest.mark.parametrize("seed", range(3))
def test_what_can_hold_holds_where_the_store_forgets_what_it_acknowledged(seed: int) -> None:
    world = run_world(seed, KINDS)
    assert not broken(world)


def kinds_seen(world: World) -> set[str]:
    """The kinds that the history shows, but for those of webhooks."""
    ends = {"killed": "kill", "stopped": "stop"}
    seen = {fault.kind for fault in world.history.of(Faulted)}
    seen |= {ends[ended.how] for ended in world.history.of(Ended) if ended.how in ends}
    return seen if world.idempotency else {*seen, "no-keys"}


@pytest.mark.no_cover
def test_every_kind_of_fault_happens_in_a_few_worlds() -> None:
    seen = set().union(*(kinds_seen(run_world(seed, KINDS)) for seed in (0, 4, 5, 12)))
    assert set(KINDS) - seen == {"duplicates", "reorder", "days-later"}, "these three are tried below"


@cache
def digest_of_traffic(seed: int, *kinds: str) -> str:
    return run_world(seed, kinds, traffic_s=40).history.digest()


@pytest.mark.parametrize("kind", ["duplicates", "reorder", "days-later"])
def test_webhooks_come_twice_in_another_order_and_days_later(kind: str) -> None:
    assert any(digest_of_traffic(seed) != digest_of_traffic(seed, kind) for seed in range(1, 4))


def test_a_calm_world_pays_and_answers_and_nothing_goes_wrong() -> None:
    world = run_world(1, ())
    history = world.history
    assert not broken(world)
    assert not history.of(Faulted)
    assert len(history.of(Wrote)) > 100
    assert len(history.of(Said)) >= len(history.of(Wrote))
    assert len(history.of(Effect)) > 20
    assert len(history.of(Left)) == 6


def test_a_process_that_was_killed_is_started_again_and_the_dead_say_nothing() -> None:
    """Between the end of one process and the start of the next, nothing is said."""
    events = run_world(0, ("kill", "pay-timeout-after")).history.events
    is_up, deaths = False, 0
    for event in events:
        if isinstance(event, Booted):
            is_up = event.is_up
        elif isinstance(event, Ended):
            is_up, deaths = False, deaths + 1
        elif isinstance(event, Said):
            assert is_up or deaths == 0
    assert deaths > 2


def test_kinds_are_named_alone_or_in_groups() -> None:
    assert parse_kinds("store-slow, kill") == ("kill", "store-slow")
    assert parse_kinds("lies") == ("lie-failed", "lie-paid", "lie-refused")
    assert parse_kinds("none") == ()
    assert parse_kinds("all") == DEFAULT_KINDS
    assert parse_kinds("all,tail") == KINDS


@pytest.mark.parametrize("text", ["store-fast", "kill,none", "Kill"])
def test_a_kind_that_is_not_there_is_an_error_that_names_it(text: str) -> None:
    with pytest.raises(ConfigError, match="there is no fault"):
        parse_kinds(text)
