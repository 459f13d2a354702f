"""One world, from its seed to its history: some minutes of people paying each other while everything goes wrong.

    traffic with faults  ->  the faults end, all settles  ->  the bot is off for days  ->  it comes back for a while

After that nothing may be undecided: what could not be found out is in people's hands.
"""

import asyncio
import random
from collections.abc import Iterable
from typing import Any

import msgspec
from openfeature import api

from profiles.silence import silence
from profiles.simulate import ending
from profiles.simulate.crashing_loop import CrashingLoop, run_crashing
from profiles.simulate.faults import KINDS, OFF_BY_DEFAULT, draw_rates
from profiles.simulate.ground import Ground
from profiles.simulate.history import History
from profiles.simulate.linked import linked_store
from profiles.simulate.people import USERS, amounts
from profiles.simulate.user import User
from profiles.simulate.weather import Weather
from service.rubbish import seldom_collected

__all__ = ["DEFAULT_KINDS", "World", "run_world"]

DEFAULT_KINDS = tuple(kind for kind in KINDS if kind not in OFF_BY_DEFAULT)

_TRAFFIC_S = 140.0
_FAULTS_S = 150.0
_SETTLE_S = 60.0
_HOUR_S = 3_600.0
_AWAY_S = 60 * _HOUR_S
_BACK_S = 30.0
_AUDIT_S = 15.0
_AUDITS = 5
_PHASES = 4


class World(msgspec.Struct, frozen=True):
    """What happened in a world."""

    seed: int
    phase: int
    idempotency: bool
    kinds: tuple[str, ...]
    history: History
    virtual_s: float


def run_world(
    seed: int, kinds: Iterable[str] = DEFAULT_KINDS, *, users: int = USERS, traffic_s: float = _TRAFFIC_S
) -> World:
    """Everything that happens in the world of this seed; the same every time, in every process."""
    allowed = tuple(kinds)
    linked_store(users)  # before this world's own loop runs

    async def main(loop: CrashingLoop) -> World:
        return await _live(loop, seed, allowed, users, traffic_s)

    try:
        with seldom_collected(), silence():
            return run_crashing(main)
    finally:
        api.clear_providers()  # each process had a domain of its own


async def _live(loop: CrashingLoop, seed: int, kinds: tuple[str, ...], users: int, traffic_s: float) -> World:
    dice = random.Random(f"{seed}/world")
    rates = draw_rates(dice, kinds)
    phase = dice.randrange(_PHASES)
    ground = Ground(loop, str(seed), users, rates, phase=phase, settle_s=5 + 80 * dice.random())
    scene = ground.scene
    weather = Weather(ground.machine, ground.running)
    supervisor = scene.spawn(ground.keep_running(), "supervisor")
    weather.begin(traffic_s)
    drawn = amounts(scene.dice("amounts"))
    for one in scene.people:
        user = User(one, ground.phone, scene.dice(f"user/{one.number}"), drawn)
        scene.spawn(user.live(traffic_s), "user")
    await asyncio.sleep(traffic_s + _FAULTS_S - _TRAFFIC_S)
    weather.clear()
    await asyncio.sleep(_SETTLE_S)
    await _go_away(ground, supervisor, is_killed=dice.randrange(2) == 1)
    ending.look(scene, ground.machine.store.connections)
    await ground.running().end()
    return World(seed, phase, ground.idempotency, kinds, scene.history, scene.now_s)


async def _go_away(ground: Ground, supervisor: "asyncio.Task[Any]", *, is_killed: bool) -> None:
    """Ends the process, lets days pass, and starts it again for a while; then it is left running and idle."""
    ground.is_on = False
    epoch = ground.running()
    if is_killed:
        epoch.kill()
    else:
        await epoch.stop()
    await supervisor
    await asyncio.sleep(_AWAY_S)
    if ground.scene.rates["lie-paid"]:
        await _audit(ground)
    await ground.boot()
    for message in ground.postman.for_later:
        ground.scene.spawn(ground.postman.deliver([message]), "postman")
    await asyncio.sleep(_BACK_S)


async def _audit(ground: Ground) -> None:
    """A process that is on for a moment every hour: what Flash said is compared with its books again and again."""
    for _ in range(_AUDITS):
        epoch = await ground.boot()
        await asyncio.sleep(_AUDIT_S)
        epoch.kill()
        await epoch.buried()
        await asyncio.sleep(_HOUR_S)
