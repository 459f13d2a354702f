"""What somebody sends who means harm: an answer from the documented few, nothing kept, nothing parsed unverified."""

import asyncio
import gzip
import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.edge import webhook
from service.edge.envelope import Batch, read_envelope
from service.edge.http import BodyReader, NoRoomError
from service.edge.webhook import BODIES_CAP_BYTES, BODY_CAP_BYTES
from tests.edge.kit import Site, chunks, delivery, envelope, exchange, scope_of, sign, text

MIB = 1024 * 1024
REAL = envelope({"messages": [text("pay 5 to @bob"), text(id="wamid.2")], "contacts": [{"wa_id": "18765550001"}]})
DEEP = b"[" * 100_000 + b"]" * 100_000

SIGNED_ODDITIES = {
    "empty": b"",
    "deep lists": DEEP,
    "deep objects": b'{"entry":' * 100_000 + b"1" + b"}" * 100_000,
    "deep in a message": REAL.replace(b'"pay 5 to @bob"', DEEP),
    "deep beside half a character": b'["\\ud83d",' + DEEP + b"]",
    "a huge integer": b"1" * 1_000_000,
    "a huge integer in a message": REAL.replace(b'"1749999990"', b"9" * 100_000),
    "a huge integer beside half a character": b'{"entry":[],"a":"\\ud83d","b":' + b"9" * 100_000 + b"}",
    "a huge exponent": b'{"entry":[],"a":1e999999999}',
    "infinity": b'{"entry":Infinity}',
    "gzip": gzip.compress(REAL),
    "invalid UTF-8": REAL.replace(b"pay", b"\xff\xfe\xc3"),
    "overlong UTF-8": REAL.replace(b"pay", b"\xc0\xaf"),
    "a surrogate in UTF-8": REAL.replace(b"pay", b"\xed\xa0\xbd"),
    "a byte order mark": b"\xef\xbb\xbf" + REAL,
    "UTF-16": REAL.decode().encode("utf-16"),
    "raw NUL": REAL.replace(b"pay", b"\x00"),
    "half": REAL[: len(REAL) // 2],
    "twice": REAL + REAL,
    "an empty key": b'{"":{"":""},"entry":[{"":1}]}',
}


@pytest.mark.parametrize("body", SIGNED_ODDITIES.values(), ids=SIGNED_ODDITIES)
def test_a_signed_oddity_is_an_envelope_or_400(body: bytes) -> None:
    assert Site().post(body).status in {200, 400}


@pytest.mark.parametrize("body", SIGNED_ODDITIES.values(), ids=SIGNED_ODDITIES)
def test_an_unsigned_oddity_is_401(body: bytes) -> None:
    assert Site().post(body, b"sha256=" + b"0" * 64).status == 401


@pytest.mark.parametrize("value", [None, True, 7, -1.5, "x", [], {}, [[]], {"a": []}])
@pytest.mark.parametrize(
    "key", ["object", "entry", "changes", "value", "messages", "contacts", "statuses", "metadata", "text", "type"]
)
def test_a_part_of_another_type_is_no_error(key: str, value: Any) -> None:
    def changed(node: Any) -> Any:
        if isinstance(node, dict):
            return {name: value if name == key else changed(inner) for name, inner in node.items()}
        return [changed(inner) for inner in node] if isinstance(node, list) else node

    assert Site().post(json.dumps(changed(json.loads(REAL))).encode()).status in {200, 400}


def test_of_a_key_that_comes_twice_the_last_counts_in_both_decoders() -> None:
    """Two readings of one body would let a message through as another one."""
    twice = REAL.replace(b'"from": "18765550001"', b'"from": "18769999999", "from": "18765550001"')
    for body in (twice, twice.replace(b"pay", b"\\ud83d")):
        site = Site()
        assert site.post(body).status == 200
        assert {message.sender for message in site.inbox.accepted} == {"18765550001"}


def test_nul_in_a_text_stays_a_character() -> None:
    site = Site()
    site.deliver(text("a\x00b"))
    assert site.inbox.accepted[0].text == "a\x00b"


def test_a_bomb_is_not_inflated() -> None:
    """64 MiB in 64 KiB: refused as it is."""
    bomb = gzip.compress(bytes(64 * MIB))
    tracemalloc.start()
    answer = Site().post(bomb, headers=[(b"content-encoding", b"gzip")])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert answer.status == 400
    assert peak < MIB


def parser_calls(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    seen: list[bytes] = []

    def parse(body: bytes, received_at_s: float, phone_number_id: str) -> Batch:
        seen.append(body)
        return read_envelope(body, received_at_s, phone_number_id)

    monkeypatch.setattr(webhook, "read_envelope", parse)
    return seen


def test_the_parser_sees_a_signed_body_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = parser_calls(monkeypatch)
    for signature in (b"", b"sha256=", sign(REAL, "another"), sign(REAL)[:-1], "sha256=é".encode(), b"\xff"):
        Site().post(REAL, signature)
    Site().post_raw([REAL], [])
    assert seen == []
    Site().post(REAL)
    assert seen == [REAL]


NAMES = st.sampled_from((b"x-hub-signature-256", b"content-length", b"content-encoding", b"transfer-encoding"))
HEADERS = st.lists(st.tuples(NAMES | st.binary(max_size=20), st.binary(max_size=90)), max_size=5)


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=4), HEADERS)
def test_any_bytes_under_any_headers_are_refused_by_a_documented_status(pieces: list[bytes], headers: Any) -> None:
    site = Site()
    assert site.post_raw(pieces, headers).status in {401, 413}
    assert site.inbox.calls == 0


@given(st.data())
def test_a_real_body_with_any_bytes_changed_is_answered(data: st.DataObject) -> None:
    body = bytearray(REAL)
    for place in data.draw(st.lists(st.integers(0, len(REAL) - 1), min_size=1, max_size=4)):
        body[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
    assert Site().post(bytes(body)).status in {200, 400}
    assert Site().post(bytes(body), sign(REAL)).status == (200 if body == REAL else 401)


METHODS = st.sampled_from(("GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE", "CONNECT")) | st.text(max_size=8)
PATHS = st.sampled_from(("/webhook/whatsapp", "/health", "/ready", "/", "*")) | st.text(max_size=20)


@given(METHODS, PATHS, st.binary(max_size=200), HEADERS, st.binary(max_size=50))
def test_any_request_line_is_answered(method: str, path: str, query: bytes, headers: Any, body: bytes) -> None:
    scope = scope_of(method, path, query=query, headers=headers)
    answer = asyncio.run(exchange(Site().app, scope, chunks([body])))
    assert answer.status in {200, 401, 403, 404, 405, 413}


def test_many_large_bodies_at_once_are_bounded_together_and_let_the_small_ones_in() -> None:
    """Nobody knows yet who sends them: 100 clients would otherwise hold 300 MB."""
    site = Site()

    async def main() -> tuple[list[int], int]:
        gate = asyncio.Event()

        async def stuck() -> int:
            pieces = [bytes(MIB)] * (BODY_CAP_BYTES // MIB)

            async def receive() -> dict[str, Any]:
                if pieces:
                    return {"type": "http.request", "body": pieces.pop(), "more_body": True}
                await gate.wait()
                return {"type": "http.request", "more_body": False}

            return (await exchange(site.app, delivery([]), receive)).status

        clients = [asyncio.create_task(stuck()) for _ in range(100)]
        await asyncio.sleep(0)
        small = (await exchange(site.app, delivery([(b"x-hub-signature-256", sign(REAL))]), chunks([REAL]))).status
        gate.set()
        return [await client for client in clients], small

    statuses, small = asyncio.run(main())
    assert small == 200
    assert statuses.count(401) == BODIES_CAP_BYTES // (BODY_CAP_BYTES - 64 * 1024)
    assert statuses.count(503) == 100 - statuses.count(401)


def test_memory_that_bodies_took_is_given_back() -> None:
    async def main() -> None:
        reader = BodyReader(BODY_CAP_BYTES, MIB)
        for _ in range(10):
            assert len(await reader.read(delivery([]), chunks([bytes(MIB)]))) == MIB
            with pytest.raises(NoRoomError):
                await reader.read(delivery([]), chunks([bytes(2 * MIB)]))

    asyncio.run(main())
