"""WhatsApp, outward: the Chat port over the Cloud API."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import httpx
import msgspec

from service.core.errors import ChatError, ChatRefused
from service.core.messages import Outgoing, Picture
from service.ports import Clock, Meter
from service.reply.graph_errors import error_of
from service.reply.graph_payloads import payload

__all__ = ["TIMEOUT_S", "WhatsAppChat"]

TIMEOUT_S = 10.0
"""For each request; a picture takes two."""


_T = TypeVar("_T")


class _Id(msgspec.Struct):
    id: str


class _Sent(msgspec.Struct):
    messages: list[_Id]


class WhatsAppChat:
    """Implements Chat. The API has no idempotency: a message that timed out may arrive twice, never not at all."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        *,
        base_url: str,
        version: str,
        phone_number_id: str,
        token: str,
        draw: Callable[[str], bytes],
        meter: Meter,
        clock: Clock,
    ) -> None:
        self._client = client
        self._url = f"{base_url.rstrip('/')}/{version}/{phone_number_id}"
        self._headers = {"Authorization": f"Bearer {token}"}
        self._draw = draw
        self._meter = meter
        self._clock = clock

    async def send(self, to: str, message: Outgoing, about: str) -> str:
        """As Chat."""
        media_id = await self._upload(message.qr_text) if isinstance(message, Picture) else None
        content = payload(to, message, about, media_id)
        sent = await self._post("messages", type(message).__name__.lower(), _Sent, json=content)
        if not sent.messages:
            raise ChatError("WhatsApp gave no id for a message")
        return sent.messages[0].id

    async def _upload(self, qr_text: str) -> str:
        try:
            picture = self._draw(qr_text)
        except ValueError as error:
            raise ChatRefused("the text does not fit into a QR code") from error
        self._clock.charge("qr_png")
        files = {"file": ("code.png", picture, "image/png")}
        data = {"messaging_product": "whatsapp", "type": "image/png"}
        return (await self._post("media", "media", _Id, data=data, files=files)).id

    async def _post(self, path: str, kind: str, answer: type[_T], **content: Any) -> _T:
        self._meter.count("chat_calls", kind)
        self._clock.charge("http")
        url = f"{self._url}/{path}"
        try:
            async with asyncio.timeout(TIMEOUT_S):
                response = await self._client.post(url, headers=self._headers, timeout=TIMEOUT_S, **content)
        except (TimeoutError, httpx.HTTPError) as error:
            raise ChatError(f"WhatsApp cannot be reached: {type(error).__name__}") from error
        if not response.is_success:
            raise error_of(response.status_code, response.content, response.headers)
        try:
            return msgspec.json.decode(response.content, type=answer)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ChatError("WhatsApp's answer cannot be read") from error
