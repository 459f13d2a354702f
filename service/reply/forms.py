"""Uploads to WhatsApp: forms (RFC 7578) whose file is sent as it is read."""

from collections.abc import AsyncIterator

import httpx

from service.ports import Paper

__all__ = ["Form"]

_BOUNDARY = b"pulse-2c1f0a5d6e7b4c3d9a8f"
_LINES = (
    b'--%(edge)s\r\nContent-Disposition: form-data; name="messaging_product"\r\n\r\nwhatsapp\r\n'
    b'--%(edge)s\r\nContent-Disposition: form-data; name="type"\r\n\r\n%(type)s\r\n'
    b'--%(edge)s\r\nContent-Disposition: form-data; name="file"; filename="%(name)s"\r\n'
    b"Content-Type: %(type)s\r\n\r\n"
)
_END = b"\r\n--%s--\r\n" % _BOUNDARY


class Form(httpx.AsyncByteStream):
    """The body of one upload; a paper's numbers and cleaned lines cannot contain its boundary on a line of its own.

    `filename` is of letters, digits, dots and dashes.
    """

    def __init__(self, paper: Paper, filename: str) -> None:
        values = {b"edge": _BOUNDARY, b"type": paper.mime_type.encode(), b"name": filename.encode()}
        self._head = _LINES % values
        self._paper = paper
        self.headers = [
            (b"content-type", b"multipart/form-data; boundary=" + _BOUNDARY),
            (b"content-length", b"%d" % (len(self._head) + paper.size_bytes + len(_END))),
        ]

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._head
        async for chunk in self._paper.chunks():
            yield chunk
        yield _END
