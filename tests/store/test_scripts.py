"""Scripts by name, and what happens when the server does not know them."""

import asyncio
from pathlib import Path

import pytest

from service.core.errors import StoreError, StoreUnavailable
from service.store.clients import pooled_client
from service.store.commands import Run
from service.store.embedded import embedded
from service.store.inbox import RedisInbox
from service.store.one_by_one import OneByOne
from service.store.pipelined import Pipelined
from service.store.preparation import SCRIPTS, prepare
from service.store.scripts import evaluate, script
from tests.store.kit import FakeDice, FakeMeter, Losing, Nursery, Stage, counted, incoming, memory_server

COUNT = script("return redis.call('INCRBY', KEYS[1], ARGV[1])")
STAGES = [Stage(memory_server(), pipelined=pipelined, pooled=True) for pipelined in (False, True)]
each_stage = pytest.mark.parametrize("stage", STAGES, ids=["one-by-one", "pipelined"])


def names(run: counted) -> list[object]:
    return [command[0] for command in run.commands]


@each_stage
def test_an_unknown_script_is_sent_once_and_known_from_then_on(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        await run([("FLUSHALL",), ("SCRIPT", "FLUSH")])
        counting = counted(run)
        assert await evaluate(counting, COUNT, ["a"], [2]) == 2
        assert await evaluate(counting, COUNT, ["a"], [3]) == 5
        assert names(counting) == ["EVALSHA", "EVAL", "EVALSHA"]

    stage.play(scenario)


@each_stage
def test_prepared_scripts_need_one_round_trip(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        await run([("FLUSHALL",), ("SCRIPT", "FLUSH")])
        await prepare(run)
        counting = counted(run)
        await RedisInbox(counting, FakeDice(), FakeMeter()).accept([incoming()])
        assert names(counting) == ["EVALSHA"]

    stage.play(scenario)


@each_stage
def test_a_lost_reply_of_a_script_that_is_not_repeatable_is_not_asked_for_again(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        await run([("FLUSHALL",)])
        await prepare(run)
        await run([("SCRIPT", "LOAD", COUNT.text)])
        with pytest.raises(StoreUnavailable):
            await evaluate(Losing(run, 1), COUNT, ["a"], [1])
        assert await run([("GET", "a")]) == [b"1"]

    stage.play(scenario)


@each_stage
def test_an_error_in_a_script_is_an_error(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        await run([("FLUSHALL",), ("LPUSH", "a", "x")])
        with pytest.raises(StoreError, match="WRONGTYPE"):
            await evaluate(run, COUNT, ["a"], [1])

    stage.play(scenario)


@pytest.mark.real
@pytest.mark.parametrize("batched", [False, True])
def test_scripts_are_known_again_after_a_restart(tmp_path: Path, *, batched: bool) -> None:
    async def scenario() -> None:
        nursery = Nursery()
        async with embedded(tmp_path, durable=False) as store:
            client = pooled_client(store.url)
            run: Run = Pipelined(client, nursery) if batched else OneByOne(client)
            inbox = RedisInbox(run, FakeDice(), FakeMeter())
            await prepare(run)
            await inbox.accept([incoming(1)])
        async with embedded(tmp_path, durable=False):
            await inbox.accept([incoming(2)])
            assert [entry.message for entry in await inbox.pending(10)] == [incoming(1), incoming(2)]
            await client.close()
        await nursery.close()

    asyncio.run(scenario())


def test_every_script_is_prepared_once() -> None:
    assert len({each.sha for each in SCRIPTS}) == len(SCRIPTS) == 19
