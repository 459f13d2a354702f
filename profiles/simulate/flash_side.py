"""The way from a process to Flash and WhatsApp: fenced off when the process is dead, and never quite reliable."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import msgspec

from profiles.simulate import garbling
from profiles.simulate.faults import CHAT, LIES, LOOKUP, PAY, READ
from profiles.simulate.scene import Scene
from service.sandbox.asgi import Sandbox
from service.sandbox.behaviour import Behaviour, Fate, Fates
from service.sandbox.replies import Reply

__all__ = ["DrawnFates", "FlashSide", "UpstreamTroubles"]

_FOR_EVER_S = 600.0
_LATE_S = (40.0, 100.0)
_READ_S = (0.03, 0.2)
_PAY_S = (0.1, 0.6)
_CHAT_S = (0.03, 0.15)
_PAYMENTS = frozenset({"intraLedgerUsdPaymentSend", "lnInvoicePaymentSend", "lnNoAmountUsdInvoicePaymentSend"})
_LOOKUPS = frozenset({"books", "bookEntry"})
_UNSENT = ("pay-unreachable",)
_SENT_IN_VAIN = ("pay-timeout-before", "read-timeout", "lookup-timeout", "chat-timeout-before")
_HEARD_BY_NOBODY = ("pay-timeout-after", "chat-timeout-after")
_FATES: Mapping[str, Fate] = {
    "pay-pending": Fate.PENDING,
    "pay-pending-forever": Fate.PENDING_FOREVER,
    "pay-failure": Fate.FAILURE,
    "pay-refused": Fate.REFUSED,
    "lie-failed": Fate.FALSE_FAILURE,
    "lie-paid": Fate.FALSE_SUCCESS,
    "lie-refused": Fate.FALSE_REFUSAL,
}


class DrawnFates(Fates):
    """How the payment that arrives now ends: as the world wants it."""

    def __init__(self) -> None:
        super().__init__(Behaviour(), 0)
        self.fate = Fate.SUCCESS

    def next(self, identity: str, amount_cents: int, key: str = "") -> Fate:
        """The fate that was set."""
        del identity, amount_cents, key
        return self.fate


class _Call(msgspec.Struct):
    """A request to Flash; `operationName` as it is on the wire."""

    operationName: str = ""  # noqa: N815 - the name on the wire
    variables: dict[str, Any] = {}


_CALL = msgspec.json.Decoder(_Call)


class UpstreamTroubles:
    """What is wrong with the two services and the networks to them, for every process alike."""

    def __init__(self, scene: Scene, sandbox: Sandbox, fates: DrawnFates) -> None:
        self.scene = scene
        self.sandbox = sandbox
        self.fates = fates
        self.dice = scene.dice("upstream")
        self.flash_down_until_s = 0.0
        self.chat_down_until_s = 0.0
        self.pay_fault: Callable[[], str | None] = self._draw_pay_fault
        """Which fault the next payment's call meets; a test sets its own."""
        self._users = {account.id: one.wa_id for one in scene.people if (account := _account(sandbox, one.phone))}

    def user_of(self, headers: Mapping[str, str]) -> str:
        """Whose token a request carries; "" for none."""
        token = headers.get("authorization", "").removeprefix("Bearer ")
        return self._users.get([*token.split("_"), "", ""][1], "")

    def _draw_pay_fault(self) -> str | None:
        return self.scene.rates.pick((*PAY, *LIES), self.dice.random()) if self.scene.faults_on else None

    def fault_of(self, call: _Call, user: str) -> str | None:
        """What goes wrong with a call to Flash, taken down in the history."""
        scene = self.scene
        if call.operationName in _PAYMENTS:
            fault = self.pay_fault()
            if fault is not None:
                scene.fault(fault, whom=user, states=self._states_of(call), lasts_s=_LATE_S[1])
            return fault
        if scene.loop.time() < self.flash_down_until_s:
            return ("read-timeout", "read-error")[self.dice.random() < 0.5]  # noqa: PLR2004 - as often as not
        kinds = LOOKUP if call.operationName in _LOOKUPS else READ[:-1]
        fault = scene.rates.pick(kinds, self.dice.random()) if scene.faults_on else None
        if fault is not None:
            scene.fault(fault, whom=user, lasts_s=15.0, detail=call.operationName)
        return fault

    def chat_fault(self, to: str) -> str | None:
        """What goes wrong with a message to WhatsApp."""
        scene = self.scene
        if scene.loop.time() < self.chat_down_until_s:
            return "chat-error"
        fault = scene.rates.pick(CHAT[:-1], self.dice.random()) if scene.faults_on else None
        if fault is not None:
            scene.fault(fault, whom=to, lasts_s=15.0)
        return fault

    def delay_s(self, between: tuple[float, float]) -> float:
        """A way there or back, to the microsecond."""
        return round(between[0] + (between[1] - between[0]) * self.dice.random() ** 2, 6)

    def _states_of(self, call: _Call) -> tuple[str, ...]:
        """The state of the payment that is sent, as the store has it."""
        sent = call.variables.get("input", {})
        wallet, address = sent.get("walletId"), sent.get("recipientWalletId") or sent.get("paymentRequest")
        for _, value in self.scene.payments():
            body = msgspec.json.decode(value[b"body"])
            same = body["wallet_id"] == wallet and body["target"]["address"] == address
            if same and sent.get("amount") in {None, body["amount_cents"]}:
                return (value[b"state"].decode(),)
        return ("none",)


def _account(sandbox: Sandbox, phone: str) -> Any:
    return sandbox.world.accounts.by_phone(phone)


class FlashSide(httpx.AsyncBaseTransport):
    """One process's connections to both services. `kill` fences them off; what has left by then goes on."""

    def __init__(self, troubles: UpstreamTroubles) -> None:
        self._troubles = troubles
        self._scene = troubles.scene
        self._alive = True

    def kill(self) -> None:
        """From now on nothing gets through."""
        self._alive = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """As httpx: raises what a network would."""
        if not self._alive:
            raise httpx.ConnectError("the process is dead", request=request)
        body = await request.aread()
        headers = {name.lower().decode("latin-1"): value.decode("latin-1") for name, value in request.headers.raw}
        if request.url.path.endswith("/graphql"):
            reply = await self._to_flash(headers, body)
        else:
            reply = await self._to_chat(request.url.path.strip("/").split("/"), headers, body)
        fields = [(b"content-type", reply.content_type.encode()), (b"content-length", b"%d" % len(reply.body))]
        return httpx.Response(reply.status, headers=fields, stream=httpx.ByteStream(reply.body), request=request)

    async def _to_flash(self, headers: Mapping[str, str], body: bytes) -> Reply:
        troubles, call = self._troubles, _CALL.decode(body)
        is_payment = call.operationName in _PAYMENTS
        if is_payment:
            self._scene.kill_soon("pay")
        fault = troubles.fault_of(call, troubles.user_of(headers))
        if is_payment and self._scene.loop.time() < troubles.flash_down_until_s:
            fault = fault or "pay-timeout-before"
        if fault in _UNSENT:
            raise httpx.ConnectError("Flash cannot be reached")
        fate = _FATES.get(fault or "", Fate.SUCCESS)

        def arrive() -> Reply:
            troubles.fates.fate = fate
            return troubles.sandbox.flash.answer(headers, body)

        reply = await self._exchange(arrive, fault, _PAY_S if is_payment else _READ_S)
        if is_payment:
            self._scene.kill_soon("paid")
        return reply

    async def _to_chat(self, path: list[str], headers: Mapping[str, str], body: bytes) -> Reply:
        whatsapp = self._troubles.sandbox.whatsapp
        if path[-1] == "media":
            return await self._exchange(lambda: whatsapp.answer_media(path[1], headers, body), None, _CHAT_S)
        fault = self._troubles.chat_fault(garbling.recipient(body))
        return await self._exchange(lambda: whatsapp.answer_message(path[1], headers, body), fault, _CHAT_S)

    async def _exchange(self, arrive: Callable[[], Reply], fault: str | None, between: tuple[float, float]) -> Reply:
        troubles = self._troubles
        there_s, back_s = troubles.delay_s(between), troubles.delay_s(between)
        if fault == "pay-late":
            self._scene.loop.call_later(troubles.delay_s(_LATE_S), arrive)
        if fault == "pay-late" or fault in _SENT_IN_VAIN:
            await self._hang()
        await self._travel(there_s, arrive, is_effective=not garbling.is_before(fault))
        instead = garbling.refusal(fault)
        reply = instead if instead is not None else garbling.garbled(arrive(), fault)
        if fault in _HEARD_BY_NOBODY:
            await self._hang()
        await asyncio.sleep(back_s)
        if reply.is_broken:
            raise httpx.ReadError("the connection broke")
        return reply

    async def _travel(self, there_s: float, arrive: Callable[[], Reply], *, is_effective: bool) -> None:
        """The way there. A process that dies meanwhile takes half of what it has sent along, and the rest arrives."""
        try:
            await asyncio.sleep(there_s)
        except asyncio.CancelledError:
            if not self._alive and is_effective and self._troubles.dice.random() < 0.5:  # noqa: PLR2004 - half
                self._scene.loop.call_soon(arrive)
            raise

    async def _hang(self) -> None:
        """The client gives up long before."""
        await asyncio.sleep(_FOR_EVER_S)
        raise httpx.ReadTimeout("nothing came")
