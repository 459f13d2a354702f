"""WhatsApp's deliveries: at least once, as long as it takes, in any order, several in one post, again after days."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from profiles.simulate.history import Delivered, Posted
from profiles.simulate.scene import Scene
from service.sandbox.webhooks import UserMessage, sign, status_update, webhook_body

__all__ = ["Postman"]

_OK = 200
_TRANSIT_S = (0.01, 0.15)
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.5, 3_600.0
_BATCHED = 0.15
_BATCH_S = 0.4
_MOST_COPIES = 50


class Postman:
    """Brings what users write to whatever process there is. `post` gives a webhook's status, 0 for none."""

    def __init__(
        self, scene: Scene, post: Callable[[bytes, str], Awaitable[int]], *, secret: str, phone_number_id: str
    ) -> None:
        self._scene = scene
        self._post = post
        self._secret = secret
        self._phone_number_id = phone_number_id
        self._dice = scene.dice("postman")
        self._posts = 0
        self._under_way = 0
        self._batch: list[UserMessage] = []
        self.for_later: list[UserMessage] = []
        """What is to be delivered once more days later."""

    @property
    def is_idle(self) -> bool:
        """Whether everything has been acknowledged."""
        return not self._under_way

    def take(self, message: UserMessage) -> None:
        """A user has sent something."""
        scene, dice, rates = self._scene, self._dice, self._scene.rates
        least_s, most_s = _TRANSIT_S
        transit_s = least_s + (most_s - least_s) * dice.random()
        if dice.random() < rates["reorder"]:
            transit_s += 4 * dice.random()
        scene.spawn(self._carry(message, transit_s, is_batched=dice.random() < _BATCHED), "postman")
        if dice.random() < rates["duplicates"]:
            copies = 1 + int(dice.random() ** 4 * _MOST_COPIES)
            for _ in range(copies):
                scene.spawn(self._again(message, 20 * dice.random() ** 2), "postman")
        if dice.random() < rates["days-later"]:
            self.for_later.append(message)

    async def deliver(self, messages: Sequence[UserMessage]) -> None:
        """Posts the messages together until they are acknowledged, less and less often."""
        self._under_way += 1
        wait_s = _FIRST_WAIT_S
        while await self.once(messages) != _OK:
            await asyncio.sleep(wait_s * (0.75 + 0.5 * self._dice.random()))
            wait_s = min(2 * wait_s, _LONGEST_WAIT_S)
        self._under_way -= 1

    async def once(self, messages: Sequence[UserMessage]) -> int:
        """Posts the messages once; the status."""
        scene = self._scene
        self._posts += 1
        number = self._posts
        read = [status_update(f"wamid.R{number}", "read", messages[0].sender, at_s=scene.clock.now())]
        statuses = read if self._dice.random() < _BATCHED else []
        body = webhook_body(messages, phone_number_id=self._phone_number_id, statuses=statuses)
        scene.history.add(Posted(scene.now_s, number, tuple(message.id for message in messages)))
        status = await self._post(body, sign(body, self._secret))
        scene.history.add(Delivered(scene.now_s, number, status))
        return status

    async def _carry(self, message: UserMessage, transit_s: float, *, is_batched: bool) -> None:
        await asyncio.sleep(transit_s)
        if not is_batched:
            await self.deliver([message])
            return
        self._batch.append(message)
        if len(self._batch) == 1:
            await asyncio.sleep(_BATCH_S)
            batch, self._batch = self._batch, []
            await self.deliver(batch)

    async def _again(self, message: UserMessage, after_s: float) -> None:
        await asyncio.sleep(after_s)
        await self.once([message])
