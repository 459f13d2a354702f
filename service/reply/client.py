"""The HTTP connections to WhatsApp."""

import httpx

__all__ = ["MAX_CONNECTIONS", "whatsapp_client"]

MAX_CONNECTIONS = 50
"""Calls under way at the same time: WhatsApp takes 80 messages a second of one number."""


def whatsapp_client(transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    """A client that follows no redirects and reads no proxy or credential from the environment.

    `transport` takes the place of sockets. Time limits are the caller's, call by call.
    """
    limits = httpx.Limits(max_connections=MAX_CONNECTIONS, max_keepalive_connections=MAX_CONNECTIONS)
    return httpx.AsyncClient(transport=transport, limits=limits, follow_redirects=False, trust_env=False)
