"""The bot's HTTP surface: the webhook, two questions that a load balancer asks, and what else `app.py` adds."""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

from service.edge.http import Receive, Respond, Scope, Send, respond, respond_json
from service.edge.webhook import Webhook

__all__ = ["Routes"]


class Routes:
    """The ASGI application.

    `is_ready` says whether the store answers, `about` is shown by /health, `more` are further routes.
    """

    def __init__(
        self,
        webhook: Webhook,
        *,
        is_ready: Callable[[], Awaitable[bool]],
        about: Mapping[str, object],
        more: Mapping[tuple[str, str], Respond] = MappingProxyType({}),
    ) -> None:
        self._is_ready = is_ready
        self._about = about
        self._routes = {
            ("GET", "/webhook/whatsapp"): webhook.handshake,
            ("POST", "/webhook/whatsapp"): webhook.deliver,
            ("GET", "/health"): self._health,
            ("GET", "/ready"): self._ready,
            **more,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            raise RuntimeError(f"this application speaks HTTP only, not {scope['type']}")
        route = self._routes.get((scope["method"], scope["path"]))
        if route is not None:
            await route(scope, receive, send)
        elif allowed := self._allowed(scope["path"]):
            await respond(send, 405, headers=[(b"allow", allowed)])
        else:
            await respond(send, 404)

    def _allowed(self, path: str) -> bytes:
        """The methods of a path; none when it is not there."""
        return ", ".join(method for method, known in self._routes if known == path).encode()

    async def _health(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        await respond_json(send, 200, {"status": "ok", **self._about})

    async def _ready(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        ready = await self._is_ready()
        await respond_json(send, 200 if ready else 503, {"ready": ready})
