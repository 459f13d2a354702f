"""WhatsApp, outward: the Chat port over the Cloud API."""

from collections.abc import Callable
from typing import TypeVar

import httpx
import msgspec

from service.core.errors import ChatError, ChatRefused, WorkLost
from service.core.messages import Document, Outgoing, Picture, Text, Voice
from service.deadlines import Deadlines
from service.ports import Clock, Compute, Meter, Paper, Papers
from service.reply.forms import Form
from service.reply.graph_errors import error_of
from service.reply.graph_payloads import payload
from service.transport.bodies import read_body

__all__ = ["MAX_ANSWER_BYTES", "TIMEOUT_S", "UPLOAD_TIMEOUT_S", "WhatsAppChat"]

MAX_ANSWER_BYTES = 1_000_000
"""WhatsApp's answers are some hundred bytes."""

TIMEOUT_S = 10.0
"""For each request; a picture takes two."""

UPLOAD_TIMEOUT_S = 180.0
"""For a document on its way to WhatsApp: the largest takes that long at half a megabyte a second."""

_EACH_STEP = {"timeout": httpx.Timeout(TIMEOUT_S).as_dict()}

_T = TypeVar("_T")


class _Id(msgspec.Struct):
    id: str


class _Sent(msgspec.Struct):
    messages: list[_Id]


class WhatsAppChat:
    """Implements Chat. The API has no idempotency: a message that timed out may arrive twice, never not at all."""

    def __init__(
        self,
        transport: httpx.AsyncBaseTransport,
        *,
        base_url: str,
        version: str,
        phone_number_id: str,
        token: str,
        draw: Callable[[str], bytes],
        speak: Callable[[str], bytes],
        compute: Compute,
        papers: Papers,
        meter: Meter,
        clock: Clock,
    ) -> None:
        self._transport = transport
        url = f"{base_url.rstrip('/')}/{version}/{phone_number_id}"
        self._messages = httpx.URL(f"{url}/messages")
        self._media = httpx.URL(f"{url}/media")
        self._headers = [
            (b"host", self._messages.netloc),
            (b"accept", b"*/*"),
            (b"accept-encoding", b"identity"),  # answers are read as they are sent
            (b"authorization", b"Bearer " + token.encode()),
            (b"user-agent", b"pulse-bot"),
        ]
        self._json_headers = httpx.Headers([*self._headers, (b"content-type", b"application/json")])
        self._calls, self._uploads = Deadlines(TIMEOUT_S), Deadlines(UPLOAD_TIMEOUT_S)
        self._draw = draw
        self._speak = speak
        self._compute = compute
        self._papers = papers
        self._meter = meter
        self._clock = clock

    async def send(self, to: str, message: Outgoing, about: str) -> str:
        """As Chat."""
        if isinstance(message, Document):
            return await self._send_document(to, message, about)
        media_id = await self._upload_media(message) if isinstance(message, (Picture, Voice)) else None
        return await self._post(to, message, about, media_id)

    async def _send_document(self, to: str, document: Document, about: str) -> str:
        async with self._papers(document) as paper:
            if isinstance(paper, Text):
                return await self._post(to, paper, about)
            media_id = await self._upload_paper(paper, document.filename)
            caption = f"{document.caption}\n{paper.summary}"
        return await self._post(to, msgspec.structs.replace(document, caption=caption), about, media_id)

    async def _post(self, to: str, message: Outgoing, about: str, media_id: str | None = None) -> str:
        body = msgspec.json.encode(payload(to, message, about, media_id))
        # Complete as it is: for a body that is given as content httpx would look through the headers four times.
        headers = self._json_headers.copy()
        headers["content-length"] = str(len(body))
        request = httpx.Request("POST", self._messages, headers=headers, stream=httpx.ByteStream(body))
        sent = await self._exchange(request, type(message).__name__.lower(), _Sent)
        if not sent.messages:
            raise ChatError("WhatsApp gave no id for a message")
        return sent.messages[0].id

    async def _upload_media(self, message: Picture | Voice) -> str:
        """The id of its uploaded file."""
        if isinstance(message, Picture):
            return await self._upload("code.png", await self._drawn(message), "image/png")
        return await self._upload("answer.mp3", await self._spoken(message), "audio/mpeg")

    async def _drawn(self, picture: Picture) -> bytes:
        try:
            return bytes(await self._compute("qr_png", self._draw, picture.qr_text))
        except ValueError as error:
            raise ChatRefused("the text does not fit into a QR code") from error
        except WorkLost as error:
            raise ChatError(f"the QR code was not drawn: {error}") from error

    async def _spoken(self, voice: Voice) -> bytes:
        """Tried once: the text is there already, and replies behind it must not wait for a voice.

        What waits may have been promised by a bot that had the extra, which this one lacks.
        """
        try:
            return bytes(await self._compute("speech", self._speak, voice.words))
        except (ValueError, OSError, ImportError, WorkLost) as error:
            raise ChatRefused(f"a reply was not spoken: {type(error).__name__}") from error

    async def _upload(self, filename: str, content: bytes, mime_type: str) -> str:
        files = {"file": (filename, content, mime_type)}
        data = {"messaging_product": "whatsapp", "type": mime_type}
        request = httpx.Request("POST", self._media, headers=self._headers, data=data, files=files)
        return (await self._exchange(request, "media", _Id)).id

    async def _upload_paper(self, paper: Paper, filename: str) -> str:
        form = Form(paper, filename)
        headers = [*self._headers, *form.headers]
        request = httpx.Request("POST", self._media, headers=headers, stream=form, extensions=_EACH_STEP)
        return (await self._exchange(request, "media", _Id, self._uploads)).id

    async def _exchange(
        self, request: httpx.Request, kind: str, answer: type[_T], deadlines: Deadlines | None = None
    ) -> _T:
        """The time limit is for the whole, so the steps of a request need none unless they have less time."""
        self._meter.count("chat_calls", kind)
        self._clock.charge("http")
        try:
            with (deadlines or self._calls).limit():
                response = await self._transport.handle_async_request(request)
                try:
                    body = await read_body(response, MAX_ANSWER_BYTES)
                finally:
                    await response.aclose()
        except (TimeoutError, httpx.HTTPError) as error:
            raise ChatError(f"WhatsApp cannot be reached: {type(error).__name__}") from error
        if body is None:
            raise ChatError("WhatsApp's answer is too long to be one")
        if not response.is_success:
            raise error_of(response.status_code, body, response.headers)
        try:
            return msgspec.json.decode(body, type=answer)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ChatError("WhatsApp's answer cannot be read") from error
