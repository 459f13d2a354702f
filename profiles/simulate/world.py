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

from profiles.simulate import ending
from profiles.simulate.crashing_loop import CrashingLoop, run_crashing
from profiles.simulate.epoch import Epoch, Machine
from profiles.simulate.faults import KINDS, OFF_BY_DEFAULT, Rates, draw_rates
from profiles.simulate.flash_side import DrawnFates, UpstreamTroubles
from profiles.simulate.history import Effect, History, Lives, Said
from profiles.simulate.linked import SETTINGS, linked_store, world_of
from profiles.simulate.people import USERS, amounts, everybody
from profiles.simulate.postman import Postman
from profiles.simulate.scene import Scene
from profiles.simulate.store_side import StoreTroubles
from profiles.simulate.user import Phone, User
from profiles.simulate.weather import Weather
from service.sandbox.asgi import Sandbox, build_sandbox
from service.sandbox.behaviour import Behaviour
from service.sandbox.config import SandboxConfig
from service.sandbox.payments import Order
from service.sandbox.whatsapp import Recorded

__all__ = ["DEFAULT_KINDS", "World", "run_world"]

DEFAULT_KINDS = tuple(kind for kind in KINDS if kind not in OFF_BY_DEFAULT)

_TRAFFIC_S = 140.0
_FAULTS_S = 150.0
_SETTLE_S = 110.0
_HOUR_S = 3_600.0
_AWAY_S = 60 * _HOUR_S
_BACK_S = 70.0
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


class Ground:
    """A scene with everything on it, and nobody who acts yet: what a world and a single case are made from."""

    def __init__(self, loop: CrashingLoop, seed: str, users: int, rates: Rates, phase: int, settle_s: float) -> None:
        self.scene = scene = Scene(loop, seed, everybody(users), rates)
        self.idempotency = not rates["no-keys"]
        main = asyncio.current_task()
        if main is not None:
            scene.adopt(main)
        scene.redis.data.databases[0].restore(linked_store(users))
        for one in scene.people:
            friend = scene.people[one.knows].wa_id
            scene.history.add(Lives(scene.now_s, one.wa_id, one.username, one.contact, friend, one.balance_cents))
        fates = DrawnFates()
        self.sandbox = self._build(settle_s, fates)
        settings = msgspec.structs.replace(SETTINGS, pulse_phase=phase, flash_idempotency=self.idempotency)
        upstream = UpstreamTroubles(scene, self.sandbox, fates)
        self.machine = Machine(scene, settings, StoreTroubles(scene), upstream)
        self.postman = Postman(
            scene, self._post, secret=SETTINGS.whatsapp_app_secret, phone_number_id=SETTINGS.whatsapp_phone_number_id
        )
        self.phone = Phone(scene, self.postman, self.sandbox)
        self.epoch: Epoch | None = None
        self.is_on = False
        self._epochs = 0
        self._reboot_s = scene.dice("reboot")

    async def boot(self) -> Epoch:
        """One try to start a process."""
        self._epochs += 1
        self.epoch = epoch = Epoch(self.machine, self._epochs)
        await epoch.start()
        return epoch

    async def keep_running(self) -> None:
        """What a supervisor does: a process that has ended is started again, after a moment."""
        self.is_on = True
        while self.is_on:
            await (await self.boot()).buried()
            await asyncio.sleep(0.2 + 4 * self._reboot_s.random() ** 2)

    def running(self) -> Epoch:
        """The process that there is."""
        if self.epoch is None:
            raise RuntimeError("no process was ever started")
        return self.epoch

    async def _post(self, body: bytes, signature: str) -> int:
        return await self.epoch.post(body, signature) if self.epoch is not None else 0

    def _build(self, settle_s: float, fates: DrawnFates) -> Sandbox:
        config = SandboxConfig(
            app_secret=SETTINGS.whatsapp_app_secret,
            verify_token=SETTINGS.whatsapp_verify_token,
            access_token=SETTINGS.whatsapp_access_token,
            phone_number_id=SETTINGS.whatsapp_phone_number_id,
            api_key=SETTINGS.flash_api_key,
            idempotency=self.idempotency,
            behaviour=Behaviour(settle_s=settle_s),
            moving_prices=False,
        )
        scene = self.scene
        return build_sandbox(
            config, world_of(scene.people, 0), scene.clock, on_message=self._hear, on_order=self._see, fates=fates
        )

    def _hear(self, message: Recorded) -> None:
        about = str(message.body.get("biz_opaque_callback_data", ""))
        self.scene.history.add(Said(self.scene.now_s, message.to, about, _text(message.body)))
        self.phone.ring(about, message.body)

    def _see(self, order: Order, _now_s: float) -> None:
        payer, payee = self._owner(order.from_wallet), self._owner(order.to_wallet)
        self.scene.history.add(
            Effect(self.scene.now_s, payer or "", payee, order.cents, order.payment_hash, order.memo)
        )

    def _owner(self, wallet: str | None) -> str | None:
        account = self.sandbox.world.accounts.by_wallet(wallet) if wallet else None
        return account.phone.removeprefix("+") if account and account.phone else None


def run_world(
    seed: int, kinds: Iterable[str] = DEFAULT_KINDS, *, users: int = USERS, traffic_s: float = _TRAFFIC_S
) -> World:
    """Everything that happens in the world of this seed; the same every time, in every process."""
    allowed = tuple(kinds)
    linked_store(users)  # before this world's own loop runs

    async def main(loop: CrashingLoop) -> World:
        return await _live(loop, seed, allowed, users, traffic_s)

    try:
        return run_crashing(main)
    finally:
        api.clear_providers()  # each process had a domain of its own


async def _live(loop: CrashingLoop, seed: int, kinds: tuple[str, ...], users: int, traffic_s: float) -> World:
    dice = random.Random(f"{seed}/world")
    rates = draw_rates(dice, kinds)
    phase = dice.randrange(_PHASES)
    ground = Ground(loop, str(seed), users, rates, phase, 5 + 80 * dice.random())
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
    await _go_away(ground, supervisor, dice.random() < 0.5)
    ending.look(scene, ground.machine.store.connections)
    return World(seed, phase, ground.idempotency, kinds, scene.history, scene.now_s)


async def _go_away(ground: Ground, supervisor: "asyncio.Task[Any]", is_killed: bool) -> None:
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


def _text(body: dict[str, Any]) -> str:
    """What a user reads."""
    interactive = body.get("interactive", {}).get("body", {}).get("text")
    return str(interactive or body.get("text", {}).get("body") or body.get("image", {}).get("caption", ""))
