"""What a user does: asks, pays, hesitates, taps twice, changes their mind, answers long after."""

import asyncio
import random
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from profiles.simulate.history import Dealt, Wrote
from profiles.simulate.people import Somebody, word
from profiles.simulate.postman import Postman
from profiles.simulate.scene import Scene
from service.sandbox.asgi import Sandbox
from service.sandbox.webhooks import button_message, text_message

__all__ = ["Phone", "User"]

_QUESTIONS = ("balance", "history", "price", "refresh", "contacts", "help", "yes", "no", "receive 5", "username", "hm")
_PATIENCE_S = 25.0
_PAUSE_S = 40.0


class Phone:
    """Everybody's WhatsApp: what they write goes to the postman, what the bot says comes back."""

    def __init__(self, scene: Scene, postman: Postman, sandbox: Sandbox) -> None:
        self.scene = scene
        self.sandbox = sandbox
        self._postman = postman
        self._written = 0
        self._latest_yes: dict[str, str] = {}
        self._replies: dict[str, asyncio.Future[dict[str, Any]]] = {}

    def write(self, sender: str, text: str, button: str | None = None) -> str:
        """Sends a text, or a tap on a button; gives the message's id."""
        self._written += 1
        name, sent_at_s = f"wamid.M{self._written:04}", self.scene.clock.now()
        self.scene.history.add(Wrote(self.scene.now_s, sender, name, text, button))
        if button is None:
            message = text_message(sender, text, message_id=name, sent_at_s=sent_at_s)
        else:
            message = button_message(sender, button, text, message_id=name, sent_at_s=sent_at_s)
        self._replies[name] = self.scene.loop.create_future()
        self._postman.take(message)
        return name

    def buttons_of_others(self, user: str) -> list[str]:
        """The yes of everybody else's latest proposal."""
        return [button for owner, button in self._latest_yes.items() if owner != user]

    def ring(self, about: str, to: str, body: dict[str, Any]) -> None:
        """The bot has said something."""
        if yes := _buttons(body).get("yes"):
            self._latest_yes[to] = yes
        reply = self._replies.get(about)
        if reply is not None and not reply.done():
            reply.set_result(body)

    async def reply(self, name: str, within_s: float) -> dict[str, Any] | None:
        """The first reply to a message; None when it does not come in time."""
        await asyncio.wait({self._replies[name]}, timeout=within_s)
        return self._replies[name].result() if self._replies[name].done() else None


class _Choice(NamedTuple):
    """One thing to do, and how often it is done."""

    weight: int
    do: Callable[[], Any]


class User:
    """One of the people, for as long as the traffic lasts."""

    def __init__(self, who: Somebody, phone: Phone, dice: random.Random, amounts: Iterator[int]) -> None:
        self.who = who
        self._phone = phone
        self._scene = phone.scene
        self._dice = dice
        self._amounts = amounts
        self._memos = 0
        self._choices = (
            _Choice(8, self._pay_somebody),
            _Choice(3, self._pay_invoice),
            _Choice(1, self._pay_open_invoice),
            _Choice(5, self._ask),
            _Choice(1, self._meddle),
        )

    async def live(self, until_s: float) -> None:
        """Does one thing after another."""
        while True:
            await asyncio.sleep(_PAUSE_S * self._dice.random())
            if self._scene.loop.time() >= until_s:
                return
            choice = self._dice.choices(self._choices, [one.weight for one in self._choices])[0]
            await choice.do()

    async def _ask(self) -> None:
        question = self._dice.choice(_QUESTIONS)
        name = self._say(question)
        if self._dice.random() < 0.7:  # noqa: PLR2004 - mostly, people wait for an answer
            await self._phone.reply(name, _PATIENCE_S)

    async def _meddle(self) -> None:
        """Taps on the yes of somebody else's payment, whose id has become known somehow."""
        others = self._phone.buttons_of_others(self.who.wa_id)
        if others:
            await self._phone.reply(self._phone.write(self.who.wa_id, "Yes", self._dice.choice(others)), _PATIENCE_S)

    async def _pay_somebody(self) -> None:
        payee = self._somebody()
        whom = f"@{payee.username}"
        if self._dice.random() < 0.2:  # noqa: PLR2004 - now and then
            whom, payee = self.who.contact, self._scene.people[self.who.knows]
        memo, cents = self._memo(), next(self._amounts)
        self._deal(payee, cents, memo)
        await self._decide(self._say(f"send {_dollars(cents)} to {whom} for {memo}"), payee, memo)

    async def _pay_invoice(self) -> None:
        payee, cents = self._somebody(), next(self._amounts)
        text = self._invoice(payee, cents)
        payment_hash = self._hash_of(text)
        self._deal(payee, cents, "", payment_hash)
        await self._decide(self._say(text), payee, "", payment_hash)

    async def _pay_open_invoice(self) -> None:
        """One that leaves the amount to its payer: Flash takes no key for it."""
        payee, cents = self._somebody(), next(self._amounts)
        text = self._invoice(payee, None)
        payment_hash = self._hash_of(text)
        self._deal(payee, cents, "", payment_hash)
        await self._decide(self._say(f"send {_dollars(cents)} to {text}"), payee, "", payment_hash)

    async def _decide(self, name: str, payee: Somebody, memo: str, payment_hash: str | None = None) -> None:
        """Answers the bot's question, in one of the ways in which people do."""
        reply = await self._phone.reply(name, _PATIENCE_S)
        buttons = _buttons(reply)
        await asyncio.sleep(3 * self._dice.random() ** 2)
        luck = self._dice.random()
        if luck < 0.40:  # noqa: PLR2004 - shares of a hundred, as below
            await self._patiently(self._tap(buttons, yes=True))
        elif luck < 0.55:  # noqa: PLR2004 - same
            await self._patiently(self._say("yes"))
        elif luck < 0.75:  # noqa: PLR2004 - same
            await self._twice(buttons)
        elif luck < 0.83:  # noqa: PLR2004 - same
            await self._patiently(self._tap(buttons, yes=False))
        elif luck < 0.92 and buttons:  # noqa: PLR2004 - same
            await self._another_amount(payee, memo, payment_hash)
        elif luck < 0.96:  # noqa: PLR2004 - same
            await asyncio.sleep(40)
            self._say("yes")

    async def _twice(self, buttons: dict[str, str]) -> None:
        """Yes, and yes again at once: typed, tapped, or one of each."""
        for _ in range(2 + (self._dice.random() < 0.2)):  # noqa: PLR2004 - some do it three times
            name = self._say("yes") if self._dice.random() < 0.5 else self._tap(buttons, yes=True)  # noqa: PLR2004 - half
            await asyncio.sleep(0.4 * self._dice.random() ** 2)
        await self._patiently(name)

    async def _another_amount(self, payee: Somebody, memo: str, payment_hash: str | None) -> None:
        cents = next(self._amounts)
        self._deal(payee, cents, memo, payment_hash)
        reply = await self._phone.reply(self._say(_dollars(cents)), _PATIENCE_S)
        await self._patiently(self._tap(_buttons(reply), yes=True))

    async def _patiently(self, name: str) -> None:
        """Most wait for the answer; some do not care."""
        if self._dice.random() < 0.6:  # noqa: PLR2004 - most
            await self._phone.reply(name, _PATIENCE_S)

    def _say(self, text: str) -> str:
        return self._phone.write(self.who.wa_id, text)

    def _tap(self, buttons: dict[str, str], *, yes: bool) -> str:
        """On the payment's button, or typed where there is none."""
        button = buttons.get("yes" if yes else "no")
        if button is None:
            return self._say("yes" if yes else "no")
        return self._phone.write(self.who.wa_id, "Yes, send it" if yes else "No", button)

    def _somebody(self) -> Somebody:
        people = self._scene.people
        return people[(self.who.number + self._dice.randrange(1, len(people))) % len(people)]

    def _memo(self) -> str:
        self._memos += 1
        return word("mem", 100 * self.who.number + self._memos % 100)

    def _deal(self, payee: Somebody, cents: int, memo: str, payment_hash: str | None = None) -> None:
        self._scene.history.add(Dealt(self._scene.now_s, self.who.wa_id, payee.wa_id, cents, memo, payment_hash))

    def _invoice(self, payee: Somebody, cents: int | None) -> str:
        """One that its payee has made somewhere else; it lives for a minute, or for ten."""
        account = self._phone.sandbox.world.accounts.by_phone(payee.phone)
        if account is None:
            raise LookupError(f"{payee.username} has no account")
        ttl_s = 60 if self._dice.random() < 0.3 else 600  # noqa: PLR2004 - Flash's own live for a minute
        return self._phone.sandbox.invoice(account, cents, ttl_s)

    def _hash_of(self, text: str) -> str | None:
        invoice = self._phone.sandbox.world.invoices.find(text)
        return invoice.payment_hash if invoice else None


def _dollars(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"


def _buttons(body: dict[str, Any] | None) -> dict[str, str]:
    """The ids of a proposal's buttons, by what they mean."""
    buttons = (body or {}).get("interactive", {}).get("action", {}).get("buttons", [])
    ids = [button["reply"]["id"] for button in buttons]
    return {name.split(":")[1]: name for name in ids if name.startswith("pay:")}
