"""The sandbox's own routes, with which people and tests look at it and act as its users."""

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec

from service.ports import Clock
from service.sandbox.accounts import Account, otp_code, wa_id
from service.sandbox.behaviour import MAGIC_CENTS
from service.sandbox.calls import Refusal, Services, checked_cents, outside_invoice
from service.sandbox.delivery import Courier, UnknownSender
from service.sandbox.latency import Delays, LatencyModel
from service.sandbox.ledger import Unit
from service.sandbox.replies import Reply, json_reply
from service.sandbox.whatsapp import Recorded, WhatsAppApi

__all__ = ["Control"]

_MAX_WAIT_S = 25.0
_MAX_SHOWN = 1_000
_UNITS: tuple[Unit, ...] = ("USD", "BTC")


class Control:
    """GET users, messages, answers, ledger and media/{id}; POST say, pay, invoice and latency; all under /sandbox/."""

    def __init__(
        self, services: Services, whatsapp: WhatsAppApi, courier: Courier, delays: Delays, clock: Clock
    ) -> None:
        self._services = services
        self._delays = delays
        self._whatsapp = whatsapp
        self._courier = courier
        self._clock = clock

    async def answer(self, method: str, route: str, query: Mapping[str, str], body: bytes) -> Reply:
        """Answers a request; `route` is what follows /sandbox/ in the path."""
        try:
            return await (self._post(route, body) if method == "POST" else self._get(route, query))
        except (ValueError, UnknownSender, Refusal) as error:
            return _problem(400, f"{type(error).__name__}: {error}")

    async def _get(self, route: str, query: Mapping[str, str]) -> Reply:
        match route.split("/"):
            case ["users"]:
                return self._users()
            case ["ledger"]:
                return self._ledger(query)
            case ["messages"]:
                return await self._messages(query)
            case ["answers"]:
                return self._answers(query)
            case ["media", media_id]:
                return self._media(media_id)
            case _:
                return _problem(404, "no such route")

    async def _post(self, route: str, body: bytes) -> Reply:
        match route:
            case "say":
                return await self._say(_decode(body))
            case "pay":
                return self._pay(_decode(body))
            case "invoice":
                return self._invoice(_decode(body))
            case "latency":
                return self._latency(body)
            case _:
                return _problem(404, "no such route")

    def _users(self) -> Reply:
        """The first thousand users, and the amounts with which the outcomes of payments can be tried."""
        self._services.payments.advance(self._clock.now())
        shown = list(self._services.world.names.items())[:_MAX_SHOWN]
        magic = [{"amount": f"{cents / 100:.2f}", "outcome": fate} for cents, fate in MAGIC_CENTS.items()]
        return json_reply(
            {
                "users": [self._user(name, account) for name, account in shown],
                "magic_amounts": magic if self._services.behaviour.magic else [],
            }
        )

    def _user(self, name: str, account: Account) -> dict[str, Any]:
        ledger, phone = self._services.world.ledger, account.phone or ""
        return {
            "name": name,
            "phone": phone,
            "wa_id": wa_id(phone),
            "username": account.username,
            "display_currency": account.display_currency,
            "otp": otp_code(phone),
            "balance_cents": ledger.balance(account.usd_wallet_id),
            "balance_sats": ledger.balance(account.btc_wallet_id, "BTC"),
            "restricted": account.restricted,
            "totp": account.totp,
        }

    def _ledger(self, query: Mapping[str, str]) -> Reply:
        """Balances by user, the sandbox's own accounts, the sums (zero), and the latest movements."""
        self._services.payments.advance(self._clock.now())
        ledger = self._services.world.ledger
        limit = min(int(query.get("limit", _MAX_SHOWN)), _MAX_SHOWN)
        shown = list(self._services.world.names.items())[:limit]
        entries = list(ledger.journal)[-limit:] if limit else []
        return json_reply(
            {
                "balances_cents": {name: ledger.balance(a.usd_wallet_id) for name, a in shown},
                "balances_sats": {name: ledger.balance(a.btc_wallet_id, "BTC") for name, a in shown},
                "wallets": {a.usd_wallet_id: name for name, a in shown},
                "own_accounts": {unit: ledger.own_accounts(unit) for unit in _UNITS},
                "totals": {unit: ledger.total(unit) for unit in _UNITS},
                "transactions": entries,
            }
        )

    async def _messages(self, query: Mapping[str, str]) -> Reply:
        """What the bot sent `to` somebody (all when left out) `after` a place in the order of arrival (0 at first).

        Waits up to `wait_s` for one to come. `next` is where to go on.
        """
        after, wait_s = int(query.get("after", 0)), min(float(query.get("wait_s", 0)), _MAX_WAIT_S)
        to = query.get("to")
        if to is not None:
            account = self._services.world.find(to)
            to = wa_id(account.phone) if account and account.phone else to.removeprefix("+")
        found = self._found(to, after)
        if not found and wait_s > 0:
            found = await self._wait(to, after, wait_s)
        return json_reply({"messages": found, "next": found[-1].seq if found else after})

    def _found(self, to: str | None, after: int) -> list[Recorded]:
        return [message for message in self._whatsapp.since(after) if to in (None, message.to)]

    async def _wait(self, to: str | None, after: int, wait_s: float) -> list[Recorded]:
        """Whichever comes first: a message, or the end of the wait on the sandbox's clock."""
        deadline = asyncio.ensure_future(self._clock.sleep(wait_s))
        try:
            while not (found := self._found(to, after)) and not deadline.done():
                seen = self._whatsapp.messages[-1].seq if self._whatsapp.messages else 0
                arrival = asyncio.ensure_future(self._whatsapp.next_message(seen))
                await asyncio.wait({arrival, deadline}, return_when=asyncio.FIRST_COMPLETED)
                arrival.cancel()
            return found
        finally:
            deadline.cancel()

    def _answers(self, query: Mapping[str, str]) -> Reply:
        """The same in short, for who reads thousands per second: `about` which message, when, and the buttons."""
        after = int(query.get("after", 0))
        found = self._whatsapp.since(after)
        rows = [(m.seq, m.body.get("biz_opaque_callback_data", ""), m.received_at, _buttons(m.body)) for m in found]
        return json_reply({"answers": rows, "next": found[-1].seq if found else after})

    def _media(self, media_id: str) -> Reply:
        media = self._whatsapp.media.get(media_id)
        if media is None:
            return _problem(404, "no such media")
        return Reply(200, media.content, content_type=media.mime_type)

    async def _say(self, wish: dict[str, Any]) -> Reply:
        """Delivers what a user says to the bot's webhook: see Courier.write for the fields beside `from`."""
        message = self._courier.write(str(wish.get("from", "")), wish)
        status = await self._courier.deliver(*self._courier.envelope(message))
        return json_reply({"message_id": message.id, "status": status})

    def _invoice(self, wish: dict[str, Any]) -> Reply:
        """The user with this `phone` makes an invoice over `amount_cents` without the bot."""
        account = self._services.world.find(str(wish.get("phone", "")))
        if account is None:
            return _problem(404, "no such user")
        cents = None if wish.get("amount_cents") is None else checked_cents(wish["amount_cents"])
        made = outside_invoice(self._services, account, cents, self._clock.now())
        return json_reply({"payment_request": made})

    def _latency(self, body: bytes) -> Reply:
        """From now on both services take as long as this LatencyModel says; `{}` is at once."""
        self._delays.follow(msgspec.json.decode(body, type=LatencyModel))
        return json_reply({})

    def _pay(self, wish: dict[str, Any]) -> Reply:
        """Somebody outside pays an invoice that the sandbox made; `amount_cents` for one that has no amount."""
        now_s = self._clock.now()
        self._services.payments.advance(now_s)
        invoice = self._services.world.invoices.find(str(wish.get("payment_request", "")))
        if invoice is None:
            return _problem(404, "no such invoice")
        status = invoice.status(now_s)
        if status != "PENDING" or invoice.in_transit:
            return _problem(409, f"the invoice is {'in transit' if invoice.in_transit else status}")
        cents = invoice.amount_cents if invoice.amount_cents is not None else checked_cents(wish.get("amount_cents"))
        self._services.payments.receive(invoice, cents, now_s)
        return json_reply({"payment_hash": invoice.payment_hash, "status": "PAID"})


def _buttons(body: dict[str, Any]) -> list[dict[str, str]]:
    """Ids and titles of a reply's buttons; the bodies were checked when they came in."""
    buttons = body.get("interactive", {}).get("action", {}).get("buttons", [])
    return [button["reply"] for button in buttons]


def _decode(body: bytes) -> dict[str, Any]:
    """Raises ValueError (which msgspec's errors are) when it is no JSON object."""
    return msgspec.json.decode(body, type=dict[str, Any])


def _problem(status: int, message: str) -> Reply:
    return json_reply({"error": message}, status)
