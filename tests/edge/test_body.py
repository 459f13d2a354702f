"""Bodies that are too large, too slow, or never complete."""

import asyncio
from typing import Any

import pytest

from profiles.virtual_clock import VirtualClock, run_virtual
from service.edge.http import Receive
from service.edge.webhook import BODY_CAP_BYTES, BODY_TIMEOUT_S
from tests.edge.kit import NOW_S, Answer, Site, delivery, envelope, exchange, sign, text

BODY = envelope({"messages": [text()]})
SIGNED = (b"x-hub-signature-256", sign(BODY))


def paced(pieces: list[bytes], pause_s: float) -> Receive:
    """A client that waits before each piece."""

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(pause_s)
        piece = pieces.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    return receive


def in_virtual_time(site: Site, receive: Receive) -> tuple[Answer, float]:
    """The answer, and after how many seconds it came."""

    async def main(clock: VirtualClock) -> tuple[Answer, float]:
        return await exchange(site.app, delivery([SIGNED]), receive), clock.monotonic()

    return run_virtual(main, start_unix_s=NOW_S)


@pytest.mark.parametrize("pieces", [1, 3, 4])
def test_one_byte_over_the_cap_is_413_in_however_many_pieces(pieces: int) -> None:
    body = envelope({"messages": [text()]}) + b" " * BODY_CAP_BYTES
    body = body[: BODY_CAP_BYTES + 1]
    step = len(body) // pieces + 1
    site = Site()
    answer = site.post_raw([body[i : i + step] for i in range(0, len(body), step)], [(SIGNED[0], sign(body))])
    assert (answer.status, answer.headers[b"connection"], site.inbox.calls) == (413, b"close", 0)


@pytest.mark.parametrize("announced", [BODY_CAP_BYTES + 1, 10**30])
def test_an_announced_body_over_the_cap_is_413_before_it_is_read(announced: int) -> None:
    site = Site()
    headers = [SIGNED, (b"content-length", str(announced).encode())]

    async def never() -> dict[str, Any]:
        raise AssertionError("the body was read")

    answer = asyncio.run(exchange(site.app, delivery(headers), never))
    assert (answer.status, site.inbox.calls) == (413, 0)


@pytest.mark.parametrize("announced", [b"-1", b"1e3", b"many", b"\xff", b""])
def test_a_length_that_is_no_number_is_413_or_ignored_when_empty(announced: bytes) -> None:
    expected = 413 if announced else 200
    assert Site().post(BODY, headers=[(b"content-length", announced)]).status == expected


def test_an_unannounced_body_over_the_cap_is_413_before_its_end() -> None:
    site, pieces = Site(), [bytes(1024 * 1024)] * 100
    answer, _ = in_virtual_time(site, paced(pieces, 0.001))
    assert (answer.status, site.inbox.calls, len(pieces)) == (413, 0, 96)


def test_a_body_of_exactly_the_cap_is_read() -> None:
    body = BODY + b" " * (BODY_CAP_BYTES - len(BODY))
    assert Site().post(body, headers=[(b"content-length", str(len(body)).encode())]).status == 200


def test_a_body_in_many_pieces_is_one_body() -> None:
    site = Site()
    pieces = [BODY[i : i + 7] for i in range(0, len(BODY), 7)]
    assert (site.post_raw([b"", *pieces, b""], [SIGNED]).status, len(site.inbox.accepted)) == (200, 1)


def test_a_slow_body_is_408_at_the_time_limit() -> None:
    site = Site()
    answer, after_s = in_virtual_time(site, paced([b"x"] * 1_000, 1.0))
    assert (answer.status, after_s, site.inbox.calls) == (408, BODY_TIMEOUT_S, 0)
    assert answer.headers[b"connection"] == b"close"


def test_a_body_that_is_just_in_time_is_accepted() -> None:
    site = Site()
    answer, _ = in_virtual_time(site, paced([BODY], BODY_TIMEOUT_S - 0.1))
    assert (answer.status, len(site.inbox.accepted)) == (200, 1)


def test_a_client_that_leaves_is_408_and_reaches_nobody() -> None:
    site = Site()
    events: list[dict[str, Any]] = [
        {"type": "http.request", "body": BODY[:9], "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def leaving() -> dict[str, Any]:
        return events.pop(0)

    answer = asyncio.run(exchange(site.app, delivery([SIGNED]), leaving))
    assert (answer.status, site.inbox.calls) == (408, 0)
