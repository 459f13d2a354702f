"""One payment, one fault of Flash, and kills at exact steps: so small that all of them can be tried."""

import asyncio

import msgspec
from openfeature import api

from profiles.silence import silence
from profiles.simulate import ending
from profiles.simulate.crashing_loop import CrashingLoop, run_crashing
from profiles.simulate.epoch import Epoch
from profiles.simulate.faults import Rates
from profiles.simulate.ground import Ground
from profiles.simulate.history import Dealt, History, Said, Wrote
from profiles.simulate.linked import linked_store
from service.rubbish import seldom_collected
from service.sandbox.webhooks import UserMessage, text_message

__all__ = ["CENTS", "Case", "run_case"]

CENTS = 1_237
_USERS = 2
_PATIENCE_S = 100.0
_SETTLE_S = 18.0
_AWAY_S = 60 * 3_600.0
_BACK_S = 8.0
_ASK, _YES = "wamid.ASK", "wamid.YES"


class Case(msgspec.Struct, frozen=True):
    """What happened, and how many steps the loop made since the yes was posted.

    `sent_at` is when the payment was on its way to Flash, `steps` when it was answered or the process was killed;
    `boot_steps` how many the second process took to boot, 0 when there was none.
    """

    history: History
    sent_at: int
    steps: int
    boot_steps: int


def run_case(
    outcome: str | None, *, kill_at: int | None = None, kill_again_at: int | None = None, phase: int = 3
) -> Case:
    """A user says yes to a payment.

    Flash meets its first sending with `outcome`, a fault of `faults.PAY`, or None. The process is killed right before
    the step `kill_at` after the post of the yes, and the next one before its own step `kill_again_at`.
    """
    linked_store(_USERS)

    async def main(loop: CrashingLoop) -> Case:
        return await _Play(loop, outcome, (kill_at, kill_again_at), phase).play()

    try:
        with seldom_collected(), silence():
            return run_crashing(main)
    finally:
        api.clear_providers()


class _Play:
    """The state of one case."""

    def __init__(
        self, loop: CrashingLoop, outcome: str | None, kills: tuple[int | None, int | None], phase: int
    ) -> None:
        self._loop = loop
        self._ground = Ground(loop, "case", _USERS, Rates({}), phase=phase, settle_s=20.0)
        self._kill_at, self._kill_again_at = kills
        self._outcomes = [outcome] if outcome else []
        self._ground.machine.upstream.pay_fault = self._fault
        self._began_at = self._sent_at = self._answered_at = self._boot_steps = 0

    async def play(self) -> Case:
        ground, scene = self._ground, self._ground.scene
        payer, payee = scene.people
        scene.history.add(Dealt(scene.now_s, payer.wa_id, payee.wa_id, CENTS, "membbbb"))
        first = await ground.boot()
        await self._say(_ASK, f"send {CENTS // 100}.{CENTS % 100} to @{payee.username} for membbbb")
        await self._heard(_ASK)
        self._began_at = self._loop.steps
        if self._kill_at is not None:
            self._loop.crash_in(self._kill_at, lambda: self._kill(first))
        yes = scene.spawn(self._say(_YES, "yes"), "yes")
        boots = scene.spawn(self._recover(first), "recover")
        await self._heard(_YES)
        await yes
        await asyncio.sleep(_SETTLE_S)
        boots.cancel()
        await self._come_back()
        ending.look(scene, ground.machine.store.connections)
        await ground.running().end()
        begun_at = self._began_at
        return Case(scene.history, self._sent_at - begun_at, self._answered_at - begun_at, self._boot_steps)

    def _fault(self) -> str | None:
        self._sent_at = self._sent_at or self._loop.steps
        return self._outcomes.pop() if self._outcomes else None

    def _kill(self, epoch: Epoch) -> None:
        self._answered_at = self._loop.steps
        epoch.kill()

    async def _recover(self, first: Epoch) -> None:
        """After each death the next process, a second later."""
        await first.buried()
        await asyncio.sleep(1)
        begun_at = self._loop.steps
        again_at, self._kill_again_at = self._kill_again_at, None
        if again_at is not None:
            self._loop.crash_in(again_at, lambda: self._ground.running().kill())
        second = await self._ground.boot()
        self._boot_steps = self._loop.steps - begun_at
        await second.buried()
        await asyncio.sleep(1)
        await self._ground.boot()

    async def _come_back(self) -> None:
        """Days later, for a moment."""
        epoch = self._ground.running()
        epoch.kill()
        await epoch.buried()
        await asyncio.sleep(_AWAY_S)
        await self._ground.boot()
        await asyncio.sleep(_BACK_S)

    async def _say(self, name: str, text: str) -> None:
        """The message, posted until it is accepted."""
        scene = self._ground.scene
        sender = scene.people[0].wa_id
        scene.history.add(Wrote(scene.now_s, sender, name, text))
        message: UserMessage = text_message(sender, text, message_id=name, sent_at_s=scene.clock.now())
        await self._ground.postman.deliver([message])

    async def _heard(self, name: str) -> None:
        """Waits for the first answer to a message, for as long as anybody would."""
        scene, seen = self._ground.scene, 0
        give_up_at_s = scene.now_s + _PATIENCE_S
        while scene.now_s < give_up_at_s:
            events = scene.history.events
            if any(isinstance(event, Said) and event.about == name for event in events[seen:]):
                break
            seen = len(events)
            await asyncio.sleep(0.25)
        if self._kill_at is None:
            self._answered_at = self._loop.steps
