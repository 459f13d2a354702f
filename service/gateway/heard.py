"""Item 6.1 on: what became of requests to Flash."""

from collections.abc import Callable, Mapping
from typing import Any

import httpx

from service.gateway.answers import Heard, Silence
from service.gateway.graphql import GraphQL
from service.ports import Clock, Meter

__all__ = ["HeardGraphQL", "outcome_of"]


class HeardGraphQL(GraphQL):
    """Tells `tell` the operation and the outcome of each request that was begun."""

    def __init__(
        self,
        transport: httpx.AsyncBaseTransport,
        url: str,
        clock: Clock,
        meter: Meter,
        tell: Callable[[str, str], None],
    ) -> None:
        super().__init__(transport, url, clock, meter)
        self._tell = tell

    async def ask(
        self, operation: str, document: str, variables: Mapping[str, Any], *, token: str | None, timeout_s: float
    ) -> Heard:
        """As GraphQL."""
        outcome = "cancelled"
        try:
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
