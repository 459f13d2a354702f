"""What the sandbox's WhatsApp got from the bot, read from another process."""

from typing import NamedTuple

import httpx
import msgspec

__all__ = ["Listener"]

_YES = frozenset({"yes", "y", "ok", "confirm"})


class _Row(NamedTuple):
    """A reply: its place in the order of arrival, the message it answers, when it came in (Unix), its buttons."""

    seq: int
    about: str
    received_at: float
    buttons: list[dict[str, str]]


class _Answers(msgspec.Struct):
    answers: list[_Row]
    next: int


class _Invoice(msgspec.Struct):
    payment_request: str


_ANSWERS = msgspec.json.Decoder(_Answers)
_INVOICE = msgspec.json.Decoder(_Invoice)


class Listener:
    """Reads replies in the order in which they arrived, from the one that comes next when it begins.

    `lost` counts those that the sandbox had forgotten before they were read.
    """

    def __init__(self, http: httpx.AsyncClient, sandbox_url: str) -> None:
        self._http = http
        self._url = f"{sandbox_url}/sandbox"
        self._seen = 0
        self._buttons: dict[str, list[dict[str, str]]] = {}
        self.lost = 0

    async def begin(self) -> None:
        """Forgets what was said until now."""
        await self.listen()
        self.lost = 0
        self._buttons.clear()

    async def listen(self) -> list[tuple[str, float]]:
        """The replies since the last time: which message each answers, and when it arrived in Unix seconds."""
        response = await self._http.get(f"{self._url}/answers?after={self._seen}")
        response.raise_for_status()
        found = _ANSWERS.decode(response.content)
        if found.answers:
            self.lost += found.answers[0].seq - self._seen - 1
        self._seen = found.next
        for row in found.answers:
            if row.buttons:
                self._buttons.setdefault(row.about, []).extend(row.buttons)
        return [(row.about, row.received_at) for row in found.answers]

    def button(self, about: str, text: str) -> dict[str, str] | None:
        """The button of the answer to a message that stands for yes or no; None when it has none yet."""
        wanted = ":yes:" if text.casefold() in _YES else ":no:"
        return next((one for one in self._buttons.get(about, []) if wanted in one["id"]), None)

    async def invoice(self, phone: str, cents: int | None) -> str:
        """An invoice that somebody makes without the bot."""
        wish = {"phone": phone, "amount_cents": cents}
        response = await self._http.post(f"{self._url}/invoice", content=msgspec.json.encode(wish))
        response.raise_for_status()
        return _INVOICE.decode(response.content).payment_request
