"""Brings messages to the bot's webhook, as WhatsApp would."""

import hashlib
from typing import Any

import httpx

from service.ports import Clock
from service.sandbox.accounts import wa_id
from service.sandbox.config import SandboxConfig
from service.sandbox.webhooks import (
    SIGNATURE_HEADER,
    UserMessage,
    button_message,
    list_message,
    media_message,
    sign,
    text_message,
    unsupported_message,
    webhook_body,
)
from service.sandbox.world import World

__all__ = ["Courier", "UnknownSender"]

_ATTEMPTS = 3
_FIRST_PAUSE_S = 0.2
_TIMEOUT_S = 10.0
_MIME_TYPES = {
    "image": "image/jpeg",
    "audio": "audio/ogg; codecs=opus",
    "video": "video/mp4",
    "document": "application/pdf",
    "sticker": "image/webp",
}


class UnknownSender(Exception):
    """Nobody of the demo has this name, and it is no phone number."""


class Courier:
    """Writes messages of users and posts them, signed, to `config.webhook_url`: at most three times each."""

    def __init__(self, config: SandboxConfig, world: World, clock: Clock) -> None:
        self._config = config
        self._world = world
        self._clock = clock
        self._written = 0
        self._client: httpx.AsyncClient | None = None

    def write(self, sender: str, wish: dict[str, Any]) -> UserMessage:
        """The message that a wish describes. Raises UnknownSender.

        A wish has `text`, or `button_id` or `list_id` with `title`, or a `type` such as "image" or "unsupported";
        `message_id` names the message, else it gets a new id.
        """
        phone, name = self._sender(sender)
        now_s = self._clock.now()
        self._written += 1
        # With the time in it: a bot that outlives the sandbox must not take a new message for an old one.
        digest = hashlib.blake2b(f"{self._config.seed}|{self._written}|{now_s!r}".encode(), digest_size=16)
        message_id = str(wish.get("message_id") or f"wamid.{digest.hexdigest().upper()}")
        title = str(wish.get("title", ""))
        if "button_id" in wish:
            return button_message(
                phone, str(wish["button_id"]), title, message_id=message_id, sent_at_s=now_s, name=name
            )
        if "list_id" in wish:
            return list_message(phone, str(wish["list_id"]), title, message_id=message_id, sent_at_s=now_s, name=name)
        kind = wish.get("type")
        if kind in _MIME_TYPES:
            return media_message(phone, kind, _MIME_TYPES[kind], message_id=message_id, sent_at_s=now_s, name=name)
        if kind is not None and kind != "text":
            return unsupported_message(phone, message_id=message_id, sent_at_s=now_s, name=name)
        return text_message(phone, str(wish.get("text", "")), message_id=message_id, sent_at_s=now_s, name=name)

    def envelope(
        self, *messages: UserMessage, statuses: tuple[dict[str, Any], ...] = ()
    ) -> tuple[bytes, dict[str, str]]:
        """Body and headers of one webhook request."""
        body = webhook_body(messages, phone_number_id=self._config.phone_number_id, statuses=statuses)
        return body, {"content-type": "application/json", SIGNATURE_HEADER: sign(body, self._config.app_secret)}

    async def deliver(self, body: bytes, headers: dict[str, str]) -> int:
        """Posts the request until it is answered with 200; the last status, 0 when there was no answer at all."""
        if self._config.webhook_url is None:
            return 0
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=_TIMEOUT_S, trust_env=False)
        status = 0
        for attempt in range(_ATTEMPTS):
            if attempt:
                await self._clock.sleep(_FIRST_PAUSE_S * 2.0 ** (attempt - 1))
            try:
                answer = await self._client.post(self._config.webhook_url, content=body, headers=headers)
            except httpx.TransportError:
                continue
            status = answer.status_code
            if status == httpx.codes.OK:
                break
        return status

    async def aclose(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _sender(self, sender: str) -> tuple[str, str]:
        """The wa id and the profile name of whoever this is; a phone number need not have an account."""
        account = self._world.find(sender)
        if account is not None and account.phone is not None:
            return wa_id(account.phone), self._world.name_of(account)
        digits = sender.removeprefix("+")
        if not (digits.isascii() and digits.isdigit() and 7 <= len(digits) <= 15):  # noqa: PLR2004 - E.164
            raise UnknownSender(sender)
        return digits, ""
