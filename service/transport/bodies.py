"""Response bodies, bounded."""

import httpx

__all__ = ["read_body"]


async def read_body(response: httpx.Response, cap_bytes: int) -> bytes | None:
    """The body as it was sent, None when it is longer than that. Raises httpx's errors of reading.

    What httpx reads by itself it decodes as well, without a bound: a compressed megabyte can be a gigabyte.
    """
    if not isinstance(response.stream, httpx.AsyncByteStream):
        raise TypeError("the transport is not asynchronous")
    body = bytearray()
    async for chunk in response.stream:
        body += chunk
        if len(body) > cap_bytes:
            return None
    return bytes(body)
