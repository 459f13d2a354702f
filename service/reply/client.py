"""The HTTP connections to WhatsApp."""

import httpx

from service.transport.pool import PoolTransport

__all__ = ["MAX_CONNECTIONS", "whatsapp_transport"]

MAX_CONNECTIONS = 50
"""Calls under way at the same time: WhatsApp takes 80 messages a second of one number."""


def whatsapp_transport(stand_in: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncBaseTransport:
    """What carries requests: HTTP/1.1, nothing followed or tried again, no proxy or credential from the environment.

    A transport and not a client: what a client adds (cookies, redirects, default headers) is of no use here, and takes
    longer than the rest of the call that is not waiting. `stand_in` takes its place. Time limits are the caller's, call
    by call.
    """
    if stand_in is not None:
        return stand_in
    return PoolTransport(max_connections=MAX_CONNECTIONS)
