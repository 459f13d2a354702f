"""Who may read the metrics: the port is open to the world."""

import asyncio
from collections.abc import Iterable

import pytest

from service.edge.scrape import Scrape
from tests.edge.kit import Answer, chunks, exchange, scope_of

TOKEN = "a-token-of-some-length"
LOCAL = (b"host", b"127.0.0.1:8080")
Header = tuple[bytes, bytes]


def ask(
    *headers: Header, peer: str | None = "127.0.0.1", token: str = "", figures: bytes | None = b"pulse_up 1\n"
) -> Answer:
    scrape = Scrape(lambda: figures, token=token, content_type=b"text/x")
    scope = scope_of("GET", "/metrics", headers=headers)
    scope["client"] = None if peer is None else (peer, 50_000)
    return asyncio.run(exchange(scrape, scope, chunks([b""])))


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("host", [b"127.0.0.1:8080", b"localhost", b"[::1]:8080", b"localhost:1"])
def test_without_a_token_this_machine_may_read(peer: str, host: bytes) -> None:
    answer = ask((b"host", host), peer=peer)
    assert (answer.status, answer.body) == (200, b"pulse_up 1\n")
    assert answer.headers[b"content-type"] == b"text/x"


@pytest.mark.parametrize("peer", ["10.0.0.7", "192.168.1.1", "203.0.113.9", "2001:db8::1", "testclient", "", None])
def test_without_a_token_nobody_else_may(peer: str | None) -> None:
    answer = ask(LOCAL, peer=peer)
    assert answer.status == 403
    assert b"pulse_up" not in answer.body
    assert b"PULSE_METRICS_TOKEN" in answer.body


@pytest.mark.parametrize("name", [b"x-forwarded-for", b"forwarded", b"via", b"x-real-ip", b"x-forwarded-host"])
def test_what_a_proxy_on_this_machine_forwards_does_not_come_from_it(name: bytes) -> None:
    assert ask(LOCAL, (name, b"127.0.0.1")).status == 403


@pytest.mark.parametrize("host", [None, b"", b"pulse.example.com", b"127.0.0.1.example.com", b"localhost.evil", b"[x"])
def test_another_hosts_name_is_not_this_machine(host: bytes | None) -> None:
    assert ask(*[(b"host", host)] if host is not None else []).status == 403


@pytest.mark.parametrize("peer", ["127.0.0.1", "203.0.113.9", None])
@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_with_a_token_whoever_has_it_may_read(peer: str | None, scheme: str) -> None:
    assert ask((b"authorization", f"{scheme} {TOKEN}".encode()), peer=peer, token=TOKEN).status == 200


@pytest.mark.parametrize(
    "authorization", [None, b"", b"Bearer", b"Bearer ", TOKEN.encode(), f"Basic {TOKEN}".encode(), b"Bearer \xff"]
)
def test_with_a_token_nobody_without_it_may_not_even_this_machine(authorization: bytes | None) -> None:
    given: Iterable[Header] = [(b"authorization", authorization)] if authorization is not None else []
    answer = ask(LOCAL, *given, token=TOKEN)
    assert (answer.status, answer.headers[b"www-authenticate"]) == (401, b"Bearer")
    assert TOKEN.encode() not in answer.body


def test_a_part_of_the_token_is_not_enough() -> None:
    assert ask((b"authorization", f"Bearer {TOKEN[:-1]}".encode()), token=TOKEN).status == 401


def test_switched_off_it_says_so_to_those_who_may_know() -> None:
    answer = ask(LOCAL, figures=None)
    assert (answer.status, b"item 6.1" in answer.body) == (404, True)
    assert ask(LOCAL, peer="10.0.0.7", figures=None).status == 403
