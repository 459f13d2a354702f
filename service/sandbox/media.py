"""Media uploads to the simulated WhatsApp."""

import hashlib
import re
from collections import OrderedDict

import msgspec

from service.sandbox.graph_errors import GraphError

__all__ = ["Media", "MediaShelf", "Part", "parse_multipart"]

_MEGABYTE = 1024 * 1024
_MAX_KEPT_BYTES = 32 * _MEGABYTE
_BOUNDARY = re.compile(r'boundary="?([^";,]{1,70})"?')
_NAME = re.compile(r'\bname="([^"]*)"')
_PART_TYPE = re.compile(r"content-type:\s*([^\r\n;]+)", re.IGNORECASE)
_LIMITS = {
    **dict.fromkeys(("image/jpeg", "image/png"), 5 * _MEGABYTE),
    **dict.fromkeys(("audio/aac", "audio/mp4", "audio/mpeg", "audio/amr", "audio/ogg"), 16 * _MEGABYTE),
    **dict.fromkeys(("video/mp4", "video/3gpp"), 16 * _MEGABYTE),
    **dict.fromkeys(("text/plain", "application/pdf"), 100 * _MEGABYTE),
    "image/webp": 500 * 1024,
}


class Part(msgspec.Struct, frozen=True):
    """One part of a form."""

    content: bytes
    mime_type: str


class Media(msgspec.Struct, frozen=True):
    """An uploaded file."""

    id: str
    mime_type: str
    sha256: str
    content: bytes


class MediaShelf:
    """Uploads by id; the oldest go when all together are more than 32 MB."""

    def __init__(self) -> None:
        self._media: OrderedDict[str, Media] = OrderedDict()
        self._uploads = 0
        self._bytes = 0

    def __contains__(self, media_id: object) -> bool:
        return media_id in self._media

    def get(self, media_id: str) -> Media | None:
        return self._media.get(media_id)

    def upload(self, content_type: str, body: bytes) -> Media:
        """Keeps the file of a form. Raises GraphError when WhatsApp would not take it."""
        parts = parse_multipart(content_type, body)
        product = parts.get("messaging_product")
        if product is None or product.content != b"whatsapp":
            raise GraphError(100, "messaging_product is not whatsapp")
        file = parts.get("file")
        if file is None:
            raise GraphError(131008, "file is missing")
        limit = _LIMITS.get(file.mime_type)
        if limit is None:
            raise GraphError(131053, f"files of type {file.mime_type} are not supported")
        if not 0 < len(file.content) <= limit:
            raise GraphError(131053, f"a file of type {file.mime_type} has 1 to {limit} bytes, not {len(file.content)}")
        return self._keep(file)

    def _keep(self, file: Part) -> Media:
        self._uploads += 1
        digest = hashlib.sha256(file.content).hexdigest()
        media = Media(str(10**15 + self._uploads), file.mime_type, digest, file.content)
        self._media[media.id] = media
        self._bytes += len(file.content)
        while self._bytes > _MAX_KEPT_BYTES and len(self._media) > 1:
            _, oldest = self._media.popitem(last=False)
            self._bytes -= len(oldest.content)
        return media


def parse_multipart(content_type: str, body: bytes) -> dict[str, Part]:
    """The parts of a multipart/form-data body by name (RFC 7578). Raises GraphError when it is none."""
    boundary = _BOUNDARY.search(content_type)
    if not content_type.lower().startswith("multipart/form-data") or boundary is None:
        raise GraphError(100, "the request is no form")
    delimiter = b"--" + boundary[1].encode()
    parts: dict[str, Part] = {}
    for section in body.split(delimiter)[1:]:
        head, _, content = section.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        headers = head.decode("utf-8", "replace")
        name, kind = _NAME.search(headers), _PART_TYPE.search(headers)
        if name is not None:
            parts[name[1]] = Part(content.removesuffix(b"\r\n"), kind[1].strip().lower() if kind else "text/plain")
    return parts
