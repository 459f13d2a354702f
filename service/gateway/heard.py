"""What becomes of requests to Flash, for those who want to know (item 6.1, and traces)."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

import httpx

from service.gateway.answers import Heard, Silence
from service.gateway.graphql import GraphQL
from service.ports import Clock, Meter

__all__ = ["HeardGraphQL", "outcome_of"]


class HeardGraphQL(GraphQL):
    """Tells `tell` the operation and the outcome of each request that was begun, which `span` goes around."""

    def __init__(
        self,
        transport: httpx.AsyncBaseTransport,
        url: str,
        clock: Clock,
        meter: Meter,
        *,
        tell: Callable[[str, str], None],
        span: Callable[[str], AbstractContextManager[None]],
    ) -> None:
        super().__init__(transport, url, clock, meter)
        self._tell = tell
        self._span = span

    async def ask(
        self, operation: str, document: str, variables: Mapping[str, Any], *, token: str | None, timeout_s: float
    ) -> Heard:
        """As GraphQL."""
        outcome = "cancelled"
        try:
            with self._span(operation):
                heard = await super().ask(operation, document, variables, token=token, timeout_s=timeout_s)
            outcome = outcome_of(heard)
        finally:
            self._tell(operation, outcome)
        return heard


def outcome_of(heard: Heard) -> str:
    """`answered`, `refused` (Flash said no), `not_sent`, or `no_answer`."""
    if isinstance(heard, Silence):
        return "no_answer" if heard.sent else "not_sent"
    return "refused" if heard.faults else "answered"
