"""WhatsApp's webhook: nothing is parsed before it is verified, nothing acknowledged before it is durable."""

import hmac
from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import parse_qs

from service.core.errors import ConfigError, StoreError
from service.core.messages import Accepted, Incoming
from service.deadlines import Deadlines
from service.edge.envelope import Batch, read_envelope
from service.edge.http import BodyReader, BodyTooLargeError, NoRoomError, Receive, Scope, Send, header, respond
from service.edge.signature import is_signed
from service.edge.wire import MalformedEnvelopeError
from service.ports import Clock, Meter

__all__ = ["BODIES_CAP_BYTES", "BODY_CAP_BYTES", "BODY_TIMEOUT_S", "Webhook"]

BODY_CAP_BYTES = 3 * 1024 * 1024
"""WhatsApp's own limit for a webhook."""

BODIES_CAP_BYTES = 32 * 1024 * 1024
"""For all large bodies that are being read: they are not verified yet, so anybody can send them."""

BODY_TIMEOUT_S = 10.0
_MAX_QUERY_FIELDS = 20


class Webhook:
    """GET is WhatsApp's handshake, POST its deliveries.

    Only what is for `phone_number_id` is taken: an app gets the messages of all its numbers.
    `accept` makes them durable and hands them on; `has_room` is asked before, for a whole batch: without room the
    answer is 503, and WhatsApp delivers all of it again later.
    Raises ConfigError without secrets.
    """

    def __init__(
        self,
        *,
        app_secret: str,
        verify_token: str,
        phone_number_id: str,
        accept: Callable[[Sequence[Incoming]], Awaitable[Sequence[Accepted]]],
        has_room: Callable[[Sequence[Incoming]], bool],
        clock: Clock,
        meter: Meter,
    ) -> None:
        if not app_secret or not verify_token:
            raise ConfigError("the webhook needs an app secret and a verify token: an empty one would be known to all")
        self._secret = app_secret.encode()
        self._verify_token = verify_token.encode()
        self._phone_number_id = phone_number_id
        self._bodies = BodyReader(BODY_CAP_BYTES, BODIES_CAP_BYTES)
        self._deadlines = Deadlines(BODY_TIMEOUT_S)
        self._take = accept
        self._has_room = has_room
        self._clock = clock
        self._meter = meter

    async def handshake(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Echoes the challenge to whoever knows the verify token."""
        query = _query_of(scope)
        token = query.get("hub.verify_token", [""])[0].encode()
        subscribes = query.get("hub.mode") == ["subscribe"]
        if subscribes and hmac.compare_digest(token, self._verify_token):
            await respond(send, 200, query.get("hub.challenge", [""])[0].encode())
        else:
            await respond(send, 403)

    async def deliver(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Accepts a delivery; the status tells WhatsApp whether to deliver it again."""
        body = await self._read(scope, receive)
        status = body if isinstance(body, int) else await self._status_of(scope, body)
        self._meter.count("webhooks", str(status))
        await respond(send, status, headers=_CLOSE if status is body else ())

    async def _read(self, scope: Scope, receive: Receive) -> bytes | int:
        """The body, or the status that says why it was not read to its end."""
        try:
            with self._deadlines.limit():
                return await self._bodies.read(scope, receive)
        except BodyTooLargeError:
            return 413
        except NoRoomError:
            return 503
        except (TimeoutError, ConnectionError):
            return 408

    async def _status_of(self, scope: Scope, body: bytes) -> int:
        self._clock.charge("webhook")
        if not is_signed(body, header(scope, b"x-hub-signature-256"), self._secret):
            return 401
        try:
            batch = read_envelope(body, self._clock.now(), self._phone_number_id)
        except MalformedEnvelopeError:
            return 400
        return await self._accept(batch)

    async def _accept(self, batch: Batch) -> int:
        self._count(batch)
        if not batch.messages:
            return 200
        if not self._has_room(batch.messages):
            self._meter.count("messages", "refused", len(batch.messages))
            return 503
        self._clock.charge("accept")
        try:
            accepted = await self._take(batch.messages)
        except StoreError:
            return 503
        for message in accepted:
            self._meter.count("messages", "duplicate" if message.entry is None else "accepted")
        return 200

    def _count(self, batch: Batch) -> None:
        for status in batch.statuses:
            self._meter.count("statuses", status if status in _STATUSES else "other")
        if batch.skipped:
            self._meter.count("messages", "unreadable", batch.skipped)
        if batch.foreign:
            self._meter.count("messages", "foreign", batch.foreign)


def _query_of(scope: Scope) -> dict[str, list[str]]:
    """The query; empty when it is longer than any handshake."""
    try:
        return parse_qs(scope.get("query_string", b"").decode("latin-1"), max_num_fields=_MAX_QUERY_FIELDS)
    except ValueError:
        return {}


_CLOSE = ((b"connection", b"close"),)
"""A body that was not read to its end would go on, for as long as the client likes. After one that was, the connection
is kept: a new one for each refusal would double what it costs to refuse."""

_STATUSES = frozenset({"sent", "delivered", "read", "played", "failed"})
