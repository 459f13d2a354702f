"""The open loop over real sockets, against a webhook that answers what a test wants."""

import asyncio
import hashlib
import hmac
from collections.abc import Callable

import pytest

from profiles.live.engine import Engine
from profiles.live.orders import Letter, Orders, Outcome, Progress
from service.clocks import SystemClock
from service.core.errors import ConfigError
from tests.profiles.live.responder import Responder, responding

pytestmark = pytest.mark.real

SENDER = "18763000001"


def letters(*texts: str) -> tuple[Letter, ...]:
    return tuple(Letter(0.005 * n, f"wamid.{n}", SENDER, text) for n, text in enumerate(texts))


def carried_out(
    responder: Responder,
    sent: tuple[Letter, ...],
    *,
    heard: bool = False,
    settle_s: float = 5.0,
    tell: Callable[[Progress], None] = lambda _progress: None,
) -> Outcome:
    async def go() -> Outcome:
        async with responding(responder):
            orders = Orders(
                webhook_url=f"{responder.url}/webhook",
                secret="s3cret",
                letters=sent,
                sandbox_url=responder.url if heard else None,
                settle_s=settle_s,
                redelivery_s=(0.01, 0.02),
            )
            return await Engine(orders, tell, SystemClock()).run()

    return asyncio.run(go())


def answering(responder: Responder) -> Responder:
    """A bot that answers each message at once."""
    clock = SystemClock()
    responder.on_message = lambda message: responder.reply(str(message["id"]), clock.now())
    return responder


def test_every_letter_is_delivered_signed() -> None:
    responder = Responder([])
    outcome = carried_out(responder, letters("balance", "price", "help"))
    assert responder.texts == ["balance", "price", "help"]
    assert outcome.statuses == {"200": 3}
    head, _, body = responder.requests[0].partition(b"\r\n\r\n")
    digest = hmac.digest(b"s3cret", body, hashlib.sha256).hex()
    assert f"x-hub-signature-256: sha256={digest}".encode() in head


def test_what_is_refused_is_delivered_again_and_counts_from_its_intended_time() -> None:
    responder = Responder([503, 503])
    outcome = carried_out(responder, letters("balance"))
    assert outcome.statuses == {"200": 1, "503": 2}
    assert outcome.accepted_ms[0] is not None
    assert outcome.accepted_ms[0] >= 30  # both waits


def test_a_broken_connection_is_a_refusal() -> None:
    outcome = carried_out(Responder([0]), letters("balance"))
    assert outcome.statuses == {"0": 1, "200": 1}


def test_what_is_refused_too_often_is_given_up() -> None:
    outcome = carried_out(Responder([503, 503, 503]), letters("balance"))
    assert outcome.accepted_ms == (None,)


def test_what_is_wrong_is_not_delivered_again() -> None:
    outcome = carried_out(Responder([401]), letters("balance"))
    assert (outcome.statuses, outcome.accepted_ms) == ({"401": 1}, (None,))


def test_nobody_listens() -> None:
    async def go() -> Outcome:
        orders = Orders(
            webhook_url="http://127.0.0.1:1/webhook", secret="s", letters=letters("balance"), redelivery_s=(0.01,)
        )
        return await Engine(orders, lambda _: None, SystemClock()).run()

    assert asyncio.run(go()).statuses == {"0": 2}


def test_answers_are_timed_by_when_whatsapp_got_the_last_of_them() -> None:
    responder = Responder([])
    clock = SystemClock()

    def answer_twice(message: dict[str, object]) -> None:
        now_s = clock.now()
        responder.reply(str(message["id"]), now_s)
        responder.reply(str(message["id"]), now_s + 2.0)

    responder.on_message = answer_twice
    outcome = carried_out(responder, letters("receive 5"), heard=True)
    assert outcome.answered_ms[0] is not None
    assert outcome.answered_ms[0] >= 2_000


def test_what_is_never_answered_stays_unanswered() -> None:
    outcome = carried_out(Responder([]), letters("balance"), heard=True, settle_s=0.05)
    assert outcome.answered_ms == (None,)
    assert outcome.accepted_ms != (None,)


def test_a_tap_carries_the_button_of_the_answer_it_follows() -> None:
    clock = SystemClock()
    buttons = [{"id": "p:yes:7", "title": "Yes"}, {"id": "p:no:7", "title": "No"}]
    responder = Responder([])
    responder.on_message = lambda message: responder.reply(str(message["id"]), clock.now(), buttons)
    tap = Letter(0.2, "wamid.tap", SENDER, "no", follows="wamid.0")
    carried_out(responder, (*letters("send 5 to bob"), tap), heard=True)
    assert responder.messages[1]["interactive"]["button_reply"] == {"id": "p:no:7", "title": "No"}


def test_a_tap_on_an_answer_that_has_not_come_is_a_text() -> None:
    tap = Letter(0.01, "wamid.tap", SENDER, "no", follows="wamid.0")
    responder = Responder([])
    carried_out(responder, (*letters("send 5 to bob"), tap), heard=True, settle_s=0.01)
    assert responder.texts == ["send 5 to bob", "no"]


def test_an_invoice_is_made_before_it_is_paid() -> None:
    letter = Letter(0.2, "wamid.pay", SENDER, "send {invoice}", payee="+18763000002", cents=500)
    responder = answering(Responder([]))
    carried_out(responder, (letter,), heard=True)
    assert responder.texts == ["send lnbc1"]


def test_a_repeated_delivery_is_the_same_bytes_and_has_no_answer_of_its_own() -> None:
    responder = answering(Responder([]))
    first = Letter(0.0, "wamid.0", SENDER, "balance")
    again = Letter(0.05, "wamid.0", SENDER, "balance", repeats=True)
    outcome = carried_out(responder, (first, again), heard=True, settle_s=0.2)
    assert responder.requests[0] == responder.requests[1]
    assert [time is None for time in outcome.answered_ms] == [False, True]


def test_progress_tells_what_was_finished() -> None:
    told = list[Progress]()
    carried_out(answering(Responder([])), letters("balance", "price"), heard=True, tell=told.append)
    assert (told[-1].sent, told[-1].accepted, told[-1].answered) == (2, 2, 2)
    assert sum(len(progress.latencies_ms) for progress in told) == 2


@pytest.mark.parametrize("url", ["", "127.0.0.1:80", "ftp://127.0.0.1/", "http://127.0.0.1:99999/", "http:///x"])
def test_a_url_that_is_none_is_refused(url: str) -> None:
    async def go() -> None:
        Engine(Orders(webhook_url=url, secret="s", letters=()), lambda _: None, SystemClock())

    with pytest.raises(ConfigError, match="http"):
        asyncio.run(go())
