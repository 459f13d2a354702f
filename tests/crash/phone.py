"""A user with a phone: what they say is delivered until the bot's webhook answers 200, as WhatsApp does."""

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple

import httpx
import msgspec

from service.sandbox.client import readable
from service.sandbox.webhooks import SIGNATURE_HEADER, UserMessage, button_message, sign, text_message, webhook_body
from tests.crash.bot import SECRETS
from tests.crash.traps import WAIT_S

__all__ = ["Answer", "Courier", "Order", "Phone", "Replies"]

_PAUSE_S = 0.05
_ATTEMPTS = round(WAIT_S / _PAUSE_S)


class Answer(NamedTuple):
    """One message of the bot: its place among all, what it says, and what can be tapped."""

    seq: int
    text: str
    choices: list[dict[str, str]]


class Order(msgspec.Struct):
    """A payment that a user asked for; `yes_id` is the message that confirmed it."""

    wallet: str
    cents: int
    ask_id: str
    yes_id: str | None = None
    yes_button: str = ""

    @property
    def marks(self) -> tuple[bytes, ...]:
        """What whatever belongs to the confirmation says: the message's id, or the amount, which no other has."""
        names = [f'"amount":{self.cents},', f'"amount_cents":{self.cents},', f'"amount":{self.cents}}}']
        return tuple(one.encode() for one in [self.yes_id or self.ask_id, *names])


class Replies:
    """What the bot sent, by the message that it answers."""

    def __init__(self) -> None:
        self.by_id: dict[str, list[Answer]] = {}
        self._news = asyncio.Event()

    def add(self, seq: int, body: dict[str, Any]) -> None:
        """Another one."""
        self.by_id.setdefault(body.get("biz_opaque_callback_data", ""), []).append(Answer(seq, *readable(body)))
        self._news.set()
        self._news = asyncio.Event()

    async def to(self, message_id: str) -> Answer:
        """The first answer to a message. Raises TimeoutError."""
        async with asyncio.timeout(WAIT_S):
            while message_id not in self.by_id:
                await self._news.wait()
        return self.by_id[message_id][0]


class Courier:
    """Brings messages to wherever the bot listens at the moment.

    `statuses` counts what it answered, 0 for nothing; `refused` are the messages that it answered 503 at first.
    """

    def __init__(self, http: httpx.AsyncClient, url: Callable[[], str]) -> None:
        self._http = http
        self._url = url
        self.statuses: dict[int, int] = {}
        self.acknowledged: list[str] = []
        self.refused: set[str] = set()

    async def deliver(self, message: UserMessage) -> None:
        """Until it is acknowledged, at most for 40 s."""
        for _ in range(_ATTEMPTS):
            if await self.try_once(message) == httpx.codes.OK:
                self.acknowledged.append(message.id)
                return
            await asyncio.sleep(_PAUSE_S)
        raise AssertionError(f"{message.id} was never acknowledged: {self.statuses}")

    async def try_once(self, message: UserMessage) -> int:
        """The status of the answer, 0 when there is none."""
        body = webhook_body([message], phone_number_id=SECRETS.phone_number_id)
        headers = {SIGNATURE_HEADER: sign(body, SECRETS.app_secret), "content-type": "application/json"}
        try:
            status = (
                await self._http.post(f"{self._url()}/webhook/whatsapp", content=body, headers=headers)
            ).status_code
        except httpx.TransportError:
            status = 0
        if status == httpx.codes.SERVICE_UNAVAILABLE:
            self.refused.add(message.id)
        self.statuses[status] = self.statuses.get(status, 0) + 1
        return status


class Phone:
    """One user, who says one thing after the other: the next leaves when the one before is acknowledged."""

    def __init__(
        self, name: str, number: str, wallet: str, *, courier: Courier, replies: Replies, now: Callable[[], float]
    ) -> None:
        self.name = name
        self.wallet = wallet
        self.sent: list[str] = []
        self.orders: list[Order] = []
        self.courier = courier
        self._number = number
        self._replies = replies
        self._now = now

    async def say(self, text: str) -> str:
        """Sends a text; its id."""
        message_id = self._new_id()
        await self._send(text_message(self._number, text, message_id=message_id, sent_at_s=self._now(), name=self.name))
        return message_id

    async def try_to_say(self, text: str) -> int:
        """Offers a text once, that is not delivered again; the webhook's status."""
        message = text_message(self._number, text, message_id=f"wamid.once.{self.name}", sent_at_s=self._now())
        return await self.courier.try_once(message)

    async def ask(self, text: str) -> Answer:
        """What the bot says to a text."""
        return await self._replies.to(await self.say(text))

    async def order(self, cents: int) -> Order:
        """Asks to pay the shop, and is asked back."""
        answer = await self.ask(f"send {cents / 100:.2f} to @shop")
        assert answer.choices, answer.text
        order = Order(self.wallet, cents, self.sent[-1], yes_button=answer.choices[0]["id"])
        self.orders.append(order)
        return order

    def about_to_say_yes(self, order: Order) -> None:
        """Decides on the id of the yes, so that traps can be set for it."""
        order.yes_id = self._new_id()

    async def yes(self, order: Order) -> Answer:
        """Confirms; what the bot says to that."""
        if order.yes_id is None:
            self.about_to_say_yes(order)
        message_id = str(order.yes_id)
        await self._send(
            button_message(
                self._number, order.yes_button, "Yes", message_id=message_id, sent_at_s=self._now(), name=self.name
            )
        )
        return await self._replies.to(message_id)

    async def answer_to(self, message_id: str) -> Answer:
        """The first answer to a message that was sent."""
        return await self._replies.to(message_id)

    def _new_id(self) -> str:
        message_id = f"wamid.{self.name}.{len(self.sent):05}"
        self.sent.append(message_id)
        return message_id

    async def _send(self, message: UserMessage) -> None:
        await self.courier.deliver(message)
