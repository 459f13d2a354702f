"""The ExperimentStore port on the store."""

from typing import Any

import msgspec
import pytest

from service.core.errors import PulseError, StoreError, StoreUnavailable
from service.core.experiments import MAX_EXPOSED
from service.store.commands import Run
from service.store.experiments import MAX_EXPERIMENTS, MAX_INSTANCES, RedisExperiments
from tests.store.kit import Losing, Stage, figures, trial

ENDED: dict[str, Any] = {"stopped_at_s": 1_700_000_100.0, "stopped_by": "bob"}


def test_there_are_no_experiments_at_first(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        experiments = RedisExperiments(run)
        assert (await experiments.all(), await experiments.running()) == ([], [])
        assert await experiments.figures("ttl") == ({"off": 0, "on": 0}, [])

    stage.play(scenario)


def test_an_experiment_runs_from_its_beginning_to_its_end_and_is_remembered(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        experiments = RedisExperiments(run)
        later = trial("cache", "3.1", started_at_s=1_700_000_050.0)
        for plan in (later, trial()):
            await experiments.begin(plan)
        assert await experiments.running() == [later, trial()]
        assert await experiments.finish(trial(**ENDED)) is True
        assert await experiments.running() == [later]
        assert await experiments.all() == [trial(**ENDED), later]

    stage.play(scenario)


def test_two_experiments_on_one_switch_are_refused_until_the_first_ends(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        experiments = RedisExperiments(run)
        await experiments.begin(trial())
        with pytest.raises(
            PulseError, match=r"experiment ttl runs on switch 1\.3 already; `pulse experiment stop ttl`"
        ):
            await experiments.begin(trial("again"))
        await experiments.finish(trial(**ENDED))
        await experiments.begin(trial("again"))
        assert await experiments.running() == [trial("again")]

    stage.play(scenario)


def test_a_name_is_used_once(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        experiments = RedisExperiments(run)
        await experiments.begin(trial())
        with pytest.raises(PulseError, match="another name"):
            await experiments.begin(trial(switch="1.1"))
        await experiments.finish(trial(**ENDED))
        with pytest.raises(PulseError, match="another name"):
            await experiments.begin(trial())

    stage.play(scenario)


def test_whoever_ends_it_second_changes_nothing(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        experiments = RedisExperiments(run)
        await experiments.begin(trial())
        assert await experiments.finish(trial(**ENDED)) is True
        assert await experiments.finish(trial(stopped_at_s=1_700_000_101.0, stopped_by="guardrail")) is False
        assert await experiments.all() == [trial(**ENDED)]

    stage.play(scenario)


def test_an_end_whose_reply_is_lost_does_not_end_the_next_experiment_on_the_switch(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        experiments = RedisExperiments(run)
        await experiments.begin(trial())
        with pytest.raises(StoreUnavailable):
            await RedisExperiments(Losing(run, 2)).finish(trial(**ENDED))
        await experiments.begin(trial("next"))
        assert await experiments.finish(trial(**ENDED)) is True
        assert await experiments.running() == [trial("next")]

    stage.play(scenario)


def test_figures_of_instances_replace_their_own_and_users_count_once(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        experiments = RedisExperiments(run)
        await experiments.publish("ttl", "one", figures(1), {"off": [b"u1"], "on": [b"u2"]})
        await experiments.publish("ttl", "one", figures(5), {"off": [b"u1", b"u3"], "on": []})
        await experiments.publish("ttl", "two", figures(7), {"off": [b"u3"], "on": [b"u4"]})
        await experiments.publish("other", "one", figures(9), {"off": [b"u9"], "on": []})
        assert await experiments.figures("ttl") == ({"off": 2, "on": 2}, [figures(5), figures(7)])

    stage.play(scenario)


def test_everything_that_grows_is_bounded_and_forgotten_in_the_end(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        experiments = RedisExperiments(run)
        await run([("SADD", "experiment:users:ttl:on", *range(MAX_EXPOSED))])
        assert await experiments.publish("ttl", "one", figures(1), {"on": [b"a", b"b"]}) is True
        assert await run([("SCARD", "experiment:users:ttl:on")]) == [MAX_EXPOSED]
        await run([("SADD", "experiment:instances:ttl", *range(MAX_INSTANCES))])
        assert await experiments.publish("ttl", "one", figures(2), {}) is True
        assert await experiments.publish("ttl", "two", figures(3), {}) is False
        lives = await run(
            [("TTL", f"experiment:{name}") for name in ("record:ttl:one", "instances:ttl", "users:ttl:on")]
        )
        assert min(lives) > 86_400
        await run([("HSET", "experiments", *(part for n in range(MAX_EXPERIMENTS) for part in (n, "{}")))])
        with pytest.raises(PulseError, match="no room"):
            await experiments.begin(trial())

    stage.play(scenario)


def test_what_cannot_be_read_is_an_error(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        experiments = RedisExperiments(run)
        await run([("HSET", "experiments", "ttl", b"{broken"), ("HSET", "experiments:running", "1.3", "ttl")])
        for read in (experiments.all, experiments.running):
            with pytest.raises(StoreError, match="an experiment cannot be read"):
                await read()
        await run([("SADD", "experiment:instances:ttl", "one"), ("SET", "experiment:record:ttl:one", b"\xff")])
        with pytest.raises(StoreError, match="figures of an experiment"):
            await experiments.figures("ttl")

    stage.play(scenario)


def test_a_record_that_has_expired_is_left_out(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        experiments = RedisExperiments(run)
        await experiments.publish("ttl", "one", figures(1), {})
        await experiments.publish("ttl", "two", figures(2), {})
        await run([("DEL", "experiment:record:ttl:one")])
        _, records = await experiments.figures("ttl")
        assert msgspec.to_builtins(records) == msgspec.to_builtins([figures(2)])

    stage.play(scenario)
