"""A world with everything in it and nobody who acts yet: what worlds and single cases are made from."""

import asyncio
from typing import Any

import msgspec

from profiles.simulate.crashing_loop import CrashingLoop
from profiles.simulate.epoch import Epoch, Machine
from profiles.simulate.faults import Rates
from profiles.simulate.flash_side import DrawnFates, UpstreamTroubles
from profiles.simulate.history import Effect, Lives, Said
from profiles.simulate.linked import SETTINGS, linked_store, world_of
from profiles.simulate.people import everybody
from profiles.simulate.postman import Postman
from profiles.simulate.scene import Scene
from profiles.simulate.store_side import StoreTroubles
from profiles.simulate.user import Phone
from service.sandbox.asgi import Sandbox, build_sandbox
from service.sandbox.behaviour import Behaviour, Fate
from service.sandbox.config import SandboxConfig
from service.sandbox.payments import Order
from service.sandbox.whatsapp import Recorded

__all__ = ["Ground"]


class Ground:
    """The scene, both services, and one process after another. `settle_s` is how long a PENDING payment takes."""

    def __init__(self, loop: CrashingLoop, seed: str, users: int, rates: Rates, *, phase: int, settle_s: float) -> None:
        self.scene = scene = Scene(loop, seed, everybody(users), rates)
        self.idempotency = not rates["no-keys"]
        main = asyncio.current_task()
        if main is not None:
            scene.adopt(main)
        scene.redis.data.databases[0].restore(linked_store(users))
        for one in scene.people:
            friend = scene.people[one.knows].wa_id
            scene.history.add(Lives(scene.now_s, one.wa_id, one.username, one.contact, friend, one.balance_cents))
        self._fates = fates = DrawnFates()
        self._settle_s = settle_s
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
        self.phone.ring(about, message.to, message.body)

    def _see(self, order: Order, _now_s: float) -> None:
        payer, payee, now_s = self._owner(order.from_wallet), self._owner(order.to_wallet), self.scene.now_s
        on_the_way_s = {Fate.PENDING: self._settle_s, Fate.PENDING_FOREVER: None}.get(self._fates.fate, 0.0)
        arrives_at_s = None if on_the_way_s is None else round(now_s + on_the_way_s, 6)
        self.scene.history.add(
            Effect(now_s, payer or "", payee, order.cents, order.payment_hash, order.memo, arrives_at_s)
        )

    def _owner(self, wallet: str | None) -> str | None:
        account = self.sandbox.world.accounts.by_wallet(wallet) if wallet else None
        return account.phone.removeprefix("+") if account and account.phone else None


def _text(body: dict[str, Any]) -> str:
    """What a user reads."""
    interactive = body.get("interactive", {}).get("body", {}).get("text")
    return str(interactive or body.get("text", {}).get("body") or body.get("image", {}).get("caption", ""))
