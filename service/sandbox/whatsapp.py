"""The simulated WhatsApp Cloud API: takes messages and media, checks them as the real one does, and records them."""

import asyncio
import hashlib
from collections import deque
from collections.abc import Callable, Mapping
from itertools import takewhile
from typing import Any

import msgspec

from service.ports import Clock
from service.sandbox.graph_errors import GraphError, error_reply
from service.sandbox.latency import Delays
from service.sandbox.media import MediaShelf
from service.sandbox.message_rules import check_message
from service.sandbox.replies import Reply, json_reply

__all__ = ["Recorded", "WhatsAppApi"]

_KEPT_MESSAGES = 10_000


class Recorded(msgspec.Struct, frozen=True):
    """A message that the bot sent.

    `to` is digits, `body` the raw request, `received_at` Unix seconds, `id` what the bot was told it is called, and
    `seq` its place in the order of arrival, from 1.
    """

    to: str
    body: dict[str, Any]
    received_at: float
    id: str
    seq: int


class WhatsAppApi:
    """One business number. Keeps the latest 10,000 messages; `on_message` sees every one as it comes in."""

    def __init__(
        self,
        clock: Clock,
        delays: Delays,
        *,
        access_token: str,
        phone_number_id: str,
        on_message: Callable[[Recorded], None] | None = None,
    ) -> None:
        self._clock = clock
        self._delays = delays
        self._authorization = f"Bearer {access_token}"
        self._phone_number_id = phone_number_id
        self._on_message = on_message
        self._arrived = asyncio.Event()
        self._count = 0
        self.messages: deque[Recorded] = deque(maxlen=_KEPT_MESSAGES)
        self.media = MediaShelf()
        self.reads = 0
        """How many messages were marked as read."""

    def answer_message(self, phone_number_id: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """POST /{version}/{phone_number_id}/messages: takes a message, or marks one as read."""
        try:
            self._authorize(phone_number_id, headers)
            fields = _decode(body)
            return self._read(fields) if "status" in fields else self._take(fields)
        except GraphError as error:
            return error_reply(error)

    def answer_media(self, phone_number_id: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """POST /{version}/{phone_number_id}/media: takes a file of a form."""
        try:
            self._authorize(phone_number_id, headers)
            media = self.media.upload(headers.get("content-type", ""), body)
            delay_s = self._delay_s("whatsapp.media", media.sha256)
        except GraphError as error:
            return error_reply(error)
        return json_reply({"id": media.id}, delay_s=delay_s)

    def since(self, after: int) -> list[Recorded]:
        """The messages that are kept with a higher `seq` than `after`, oldest first."""
        newest_first = takewhile(lambda message: message.seq > after, reversed(self.messages))
        return list(newest_first)[::-1]

    async def next_message(self, after: int) -> None:
        """Returns once there is a message with a higher `seq` than `after`."""
        while self._count <= after:
            self._arrived.clear()
            await self._arrived.wait()

    def _authorize(self, phone_number_id: str, headers: Mapping[str, str]) -> None:
        if headers.get("authorization") != self._authorization:
            raise GraphError(190, "the access token is not valid")
        if phone_number_id != self._phone_number_id:
            raise GraphError(100, f"object {phone_number_id} does not exist")

    def _read(self, fields: dict[str, Any]) -> Reply:
        typing = fields.get("typing_indicator", {"type": "text"})
        if fields["status"] != "read" or typing != {"type": "text"}:
            raise GraphError(131009, "status is not read, or typing_indicator is not of type text")
        if not isinstance(fields.get("message_id"), str):
            raise GraphError(131008, "message_id is missing")
        self.reads += 1
        return json_reply({"success": True}, delay_s=self._delay_s("whatsapp.read", fields["message_id"]))

    def _take(self, fields: dict[str, Any]) -> Reply:
        check_message(fields, self.media)
        to = fields["to"].removeprefix("+")
        delay_s = self._delay_s("whatsapp.message", to)
        message = self._record(to, fields)
        answer = {
            "messaging_product": "whatsapp",
            "contacts": [{"input": fields["to"], "wa_id": to}],
            "messages": [{"id": message.id}],
        }
        return json_reply(answer, delay_s=delay_s)

    def _record(self, to: str, fields: dict[str, Any]) -> Recorded:
        now_s = self._clock.now()
        self._count += 1
        digest = hashlib.blake2b(f"{self._count}|{now_s!r}|{to}".encode(), digest_size=16).hexdigest()
        message = Recorded(to, fields, now_s, f"wamid.{digest.upper()}", self._count)
        self.messages.append(message)
        self._arrived.set()
        if self._on_message is not None:
            self._on_message(message)
        return message

    def _delay_s(self, operation: str, identity: str) -> float:
        """Raises GraphError 131016 when the service is down."""
        delay = self._delays.draw((operation,), identity, self._clock.now())
        if delay.trouble is not None:
            raise GraphError(131016, "try again later", delay.delay_s)
        return delay.delay_s


def _decode(body: bytes) -> dict[str, Any]:
    try:
        fields = msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        raise GraphError(100, f"the body is no JSON: {error}") from error
    if not isinstance(fields, dict):
        raise GraphError(100, "the body is no JSON object")
    if fields.get("messaging_product") != "whatsapp":
        raise GraphError(100, "messaging_product is not whatsapp")
    return fields
