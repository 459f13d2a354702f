"""Experiments: their plans, who was exposed, and what each instance has measured.

A plan is written for good, figures are forgotten some months after the last was added. Every write is absolute: an
instance's record replaces the one before, an exposed user is in a set once.
"""

from collections.abc import Mapping, Sequence

import msgspec

from service.core.errors import PulseError, StoreError
from service.core.experiments import ARMS, MAX_EXPOSED, Arm, Experiment, Record
from service.store import keys
from service.store.commands import Argument, Run
from service.store.scripts import evaluate, script

__all__ = [
    "BEGIN",
    "FIGURES_S",
    "FINISH",
    "MAX_EXPERIMENTS",
    "MAX_INSTANCES",
    "PUBLISH",
    "RedisExperiments",
]

MAX_EXPERIMENTS = 500
"""Plans that are remembered, running or not."""

MAX_INSTANCES = 500
"""Instances whose figures are remembered for one experiment: as many starts of the service as there may be in it."""

FIGURES_S = 180 * 86_400

# KEYS: plans, running. ARGV: name, switch, plan, how many plans are kept.
# A second run of the same plan finds it.
BEGIN = script("""
local known = redis.call('HGET', KEYS[1], ARGV[1])
if known then
  return known == ARGV[3] and 'begun' or 'known'
end
local holder = redis.call('HGET', KEYS[2], ARGV[2])
if holder then
  return 'held ' .. holder
end
if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[4]) then
  return 'full'
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('HSET', KEYS[2], ARGV[2], ARGV[1])
return 'begun'
""")

# KEYS: plans, running. ARGV: name, switch, plan with its end. Whoever comes second changes nothing.
FINISH = script("""
if redis.call('HGET', KEYS[2], ARGV[2]) == ARGV[1] then
  redis.call('HDEL', KEYS[2], ARGV[2])
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
end
return redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[3] and 1 or 0
""")

# KEYS: record, instances, exposed users off and on. ARGV: instance, record, seconds, how many instances, how many
# users, how many of the hashes that follow are of users whose arm is `off`; then the hashes.
PUBLISH = script("""
if redis.call('SISMEMBER', KEYS[2], ARGV[1]) == 0 and redis.call('SCARD', KEYS[2]) >= tonumber(ARGV[4]) then
  return 0
end
redis.call('SADD', KEYS[2], ARGV[1])
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
for i = 7, #ARGV do
  local key = KEYS[i - 6 <= tonumber(ARGV[6]) and 3 or 4]
  if redis.call('SCARD', key) < tonumber(ARGV[5]) then
    redis.call('SADD', key, ARGV[i])
  end
end
for i = 2, 4 do
  redis.call('EXPIRE', KEYS[i], ARGV[3])
end
return 1
""")

_PLANS = msgspec.json.Decoder(Experiment)
_RECORDS = msgspec.json.Decoder(Record)


class RedisExperiments:
    """Implements ExperimentStore."""

    def __init__(self, run: Run) -> None:
        self._run = run

    async def all(self) -> list[Experiment]:
        """As ExperimentStore. Raises StoreError for a plan that cannot be read."""
        [flat] = await self._run([("HGETALL", keys.EXPERIMENTS)])
        return sorted(map(_plan, flat[1::2]), key=_age)

    async def running(self) -> list[Experiment]:
        """As ExperimentStore."""
        [names] = await self._run([("HVALS", keys.EXPERIMENTS_RUNNING)])
        if not names:
            return []
        [values] = await self._run([("HMGET", keys.EXPERIMENTS, *sorted(names))])
        return [_plan(value) for value in values if value is not None]

    async def begin(self, plan: Experiment) -> None:
        """As ExperimentStore."""
        args: list[Argument] = [plan.name, plan.switch, msgspec.json.encode(plan), MAX_EXPERIMENTS]
        reply = await evaluate(self._run, BEGIN, [keys.EXPERIMENTS, keys.EXPERIMENTS_RUNNING], args, repeatable=True)
        outcome, _, holder = reply.decode().partition(" ")
        if outcome == "held":
            raise PulseError(
                f"experiment {holder} runs on switch {plan.switch} already; `pulse experiment stop {holder}` ends it"
            )
        if outcome == "known":
            raise PulseError(f"there is, or was, an experiment {plan.name}; give this one another name")
        if outcome == "full":
            raise PulseError(f"{MAX_EXPERIMENTS} experiments are remembered, and there is no room for another")

    async def finish(self, plan: Experiment) -> bool:
        """As ExperimentStore."""
        args: list[Argument] = [plan.name, plan.switch, msgspec.json.encode(plan)]
        names = [keys.EXPERIMENTS, keys.EXPERIMENTS_RUNNING]
        return bool(await evaluate(self._run, FINISH, names, args, repeatable=True))

    async def publish(self, name: str, instance: str, record: Record, exposed: Mapping[Arm, Sequence[bytes]]) -> bool:
        """As ExperimentStore."""
        names = [keys.experiment_record(name, instance), keys.experiment_instances(name)]
        names += [keys.experiment_users(name, arm) for arm in ARMS]
        users = [user for arm in ARMS for user in exposed.get(arm, ())]
        limits: list[Argument] = [FIGURES_S, MAX_INSTANCES, MAX_EXPOSED, len(exposed.get(ARMS[0], ()))]
        args = [instance, msgspec.json.encode(record), *limits, *users]
        return bool(await evaluate(self._run, PUBLISH, names, args, repeatable=True))

    async def figures(self, name: str) -> tuple[dict[Arm, int], list[Record]]:
        """As ExperimentStore. Raises StoreError for a record that cannot be read."""
        counts = [("SCARD", keys.experiment_users(name, arm)) for arm in ARMS]
        found, *users = await self._run([("SMEMBERS", keys.experiment_instances(name)), *counts])
        exposures = dict(zip(ARMS, map(int, users), strict=True))
        if not found:
            return exposures, []
        names = [keys.experiment_record(name, instance.decode()) for instance in sorted(found)]
        [values] = await self._run([("MGET", *names)])
        return exposures, [_record(value) for value in values if value is not None]


def _plan(value: bytes) -> Experiment:
    try:
        return _PLANS.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise StoreError(f"an experiment cannot be read: {error}") from error


def _record(value: bytes) -> Record:
    try:
        return _RECORDS.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise StoreError(f"figures of an experiment cannot be read: {error}") from error


def _age(plan: Experiment) -> tuple[float, str]:
    return plan.started_at_s, plan.name
