"""The bot's HTTP surface with fakes behind it, and a client that talks ASGI to it."""

import asyncio
import hmac
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from service.core.messages import Accepted, Entry, Incoming
from service.edge.http import Receive, Respond, Scope
from service.edge.routes import Routes
from service.edge.scrape import Scrape
from service.edge.webhook import Webhook
from service.flow.intake import Intake
from service.observe.meter import MemoryMeter

SECRET = "app-secret"
TOKEN = "verify-token"
NUMBER = "15550000000"
NOW_S = 1_750_000_000.0


class FixedClock:
    """Implements Clock; time stands still."""

    def now(self) -> float:
        return NOW_S

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)

    def charge(self, work: str) -> None:
        pass


class FakeInbox:
    """Implements Inbox: remembers what it was asked to accept; `known` ids are duplicates."""

    def __init__(self) -> None:
        self.accepted: list[Incoming] = []
        self.calls = 0
        self.known: set[str] = set()
        self.error: Exception | None = None

    async def accept(self, messages: Sequence[Incoming]) -> list[Accepted]:
        self.calls += 1
        if self.error is not None:
            raise self.error
        self.accepted += messages
        return [Accepted(m, f"user-{m.sender}", None if m.id in self.known else f"entry-{m.id}") for m in messages]

    async def pending(self, limit: int) -> list[Entry]:
        return []


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP response."""

    status: int
    body: bytes
    headers: dict[bytes, bytes]


@dataclass
class Site:
    """The application, and everything a test wants to see of it."""

    inbox: FakeInbox = field(default_factory=FakeInbox)
    meter: MemoryMeter = field(default_factory=MemoryMeter)
    handed: list[Entry] = field(default_factory=list)
    room: bool = True
    ready: bool = True

    def __post_init__(self) -> None:
        webhook = Webhook(
            app_secret=SECRET,
            verify_token=TOKEN,
            phone_number_id=NUMBER,
            accept=Intake(self.inbox, self.handed.append).accept,
            has_room=lambda _messages: self.room,
            clock=FixedClock(),
            meter=self.meter,
        )
        metrics = Scrape(lambda: b"pulse_up 1\n", token="", content_type=b"text/plain")
        more = {("GET", "/metrics"): metrics}
        self.app = Routes(webhook, is_ready=self._is_ready, about={"version": "1"}, more=more)

    async def _is_ready(self) -> bool:
        return self.ready

    def ask(self, method: str, path: str, query: bytes = b"") -> Answer:
        """One request without a body."""
        return asyncio.run(exchange(self.app, scope_of(method, path, query=query), chunks([b""])))

    def post(self, body: bytes, signature: bytes | None = None, headers: Iterable[tuple[bytes, bytes]] = ()) -> Answer:
        """One delivery in one piece, correctly signed unless another signature is given."""
        signed = [(b"x-hub-signature-256", sign(body) if signature is None else signature)]
        return self.post_raw([body], [*signed, *headers])

    def post_raw(self, pieces: Sequence[bytes], headers: Iterable[tuple[bytes, bytes]]) -> Answer:
        """One delivery in pieces, with exactly these headers."""
        return asyncio.run(exchange(self.app, delivery(headers), chunks(pieces)))

    def deliver(self, *messages: object, contacts: Sequence[object] = ()) -> Answer:
        """One signed webhook with these messages."""
        return self.post(envelope({"messages": list(messages), "contacts": list(contacts)}))


def sign(body: bytes, secret: str = SECRET) -> bytes:
    """The header WhatsApp would send."""
    return b"sha256=" + hmac.new(secret.encode(), body, "sha256").hexdigest().encode()


def envelope(*values: object) -> bytes:
    """A webhook's body with one change for each value."""
    changes = [{"field": "messages", "value": value} for value in values]
    return json.dumps({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": changes}]}).encode()


def text(body: object = "balance", **changes: object) -> dict[str, object]:
    """A text message as WhatsApp sends it; a field that is None is left out."""
    message: dict[str, object] = {
        "id": "wamid.1",
        "from": "18765550001",
        "timestamp": "1749999990",
        "type": "text",
        "text": {"body": body},
        **changes,
    }
    return {key: value for key, value in message.items() if value is not None}


def scope_of(method: str, path: str, *, query: bytes = b"", headers: Iterable[tuple[bytes, bytes]] = ()) -> Scope:
    """What a server tells an ASGI application of a request."""
    return {"type": "http", "method": method, "path": path, "query_string": query, "headers": list(headers)}


def delivery(headers: Iterable[tuple[bytes, bytes]]) -> Scope:
    """The scope of a webhook's POST."""
    return scope_of("POST", "/webhook/whatsapp", headers=headers)


def chunks(pieces: Sequence[bytes]) -> Receive:
    """A client that sends these pieces without a pause."""
    left = list(pieces)

    async def receive() -> dict[str, Any]:
        piece = left.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(left)}

    return receive


async def exchange(app: Respond, scope: Scope, receive: Receive) -> Answer:
    """The response to one request."""
    sent: list[Any] = []

    async def send(event: Any) -> None:
        sent.append(event)

    await app(scope, receive, send)
    start, body = sent
    return Answer(start["status"], body["body"], dict(start["headers"]))
