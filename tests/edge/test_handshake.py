from urllib.parse import quote_from_bytes

import pytest

from service.core.errors import ConfigError
from service.edge.webhook import Webhook
from service.observe.meter import MemoryMeter
from tests.edge.kit import TOKEN, Answer, FakeInbox, FixedClock, Site


def handshake(token: bytes | None, *, mode: str = "subscribe", more: str = "") -> Answer:
    fields = [f"hub.mode={mode}", "hub.challenge=1158201444"]
    fields += [] if token is None else [f"hub.verify_token={quote_from_bytes(token)}"]
    return Site().ask("GET", "/webhook/whatsapp", ("&".join(fields) + more).encode())


def test_the_right_token_gets_the_challenge_back() -> None:
    answer = handshake(TOKEN.encode())
    assert (answer.status, answer.body) == (200, b"1158201444")


@pytest.mark.parametrize(
    "token",
    [None, b"", b"wrong", TOKEN.upper().encode(), TOKEN.encode() + b"x", "tökén".encode(), b"\xff\xfe", b"\x00"],
)
def test_any_other_token_is_refused_without_the_challenge(token: bytes | None) -> None:
    answer = handshake(token)
    assert (answer.status, answer.body) == (403, b"")


def test_raw_bytes_in_the_query_are_refused_not_an_error() -> None:
    query = b"hub.mode=subscribe&hub.verify_token=\xff\xe9&hub.challenge=1"
    assert Site().ask("GET", "/webhook/whatsapp", query).status == 403


def test_another_mode_is_refused() -> None:
    assert handshake(TOKEN.encode(), mode="unsubscribe").status == 403


def test_a_query_with_too_many_fields_is_refused() -> None:
    assert handshake(TOKEN.encode(), more="&x=1" * 30).status == 403


@pytest.mark.parametrize(("app_secret", "verify_token"), [("", TOKEN), ("secret", "")])
def test_a_webhook_without_secrets_cannot_be_made(app_secret: str, verify_token: str) -> None:
    with pytest.raises(ConfigError):
        Webhook(
            app_secret=app_secret,
            verify_token=verify_token,
            phone_number_id="15550000000",
            accept=FakeInbox().accept,
            has_room=lambda _messages: True,
            clock=FixedClock(),
            meter=MemoryMeter(),
        )
