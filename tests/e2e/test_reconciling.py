"""Payments that nobody heard the end of, in real time: first an honest word, then the truth, and one movement."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.core.payment_steps import advance, conclude, confirm, intend
from service.core.payments import Payment, PaymentState, Unknown
from service.sandbox.client import readable
from service.store.clients import shared_client
from service.store.embedded import embedded
from service.store.one_by_one import OneByOne
from service.store.payments import RedisPayments
from tests.e2e.kit import Service, eventually, pulse, serving
from tests.store.kit import FakeDice, FakeMeter, proposal

pytestmark = pytest.mark.real

LOOKED_UP_WITHIN_S = 60.0  # the first time after 15 s, or in the round after that
FAILED = "404"
STRUCK = {
    FAILED: "the word that it failed, which is true",
    "513": "it moved, and then HTTP 503",
    "502": "it moved, and then half an answer",
    "405": "it moved, and then the word that it failed",
    "407": "it moved, and then an error of somebody behind Flash",
}
"""Magic amounts in cents, and what Flash does with them."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("reconciling")) as up:
        yield up


def said(body: dict[str, Any]) -> str:
    return readable(body)[0]


def link(service: Service, who: str) -> None:
    service.say(who, "link")
    assert "linked" in said(service.say(who, f"verify {service.user(who)['otp']}")).lower()


def dollars(cents: str) -> str:
    return f"{cents[:-2]}.{cents[-2:]}"


def words_about(service: Service, who: str, amount: str) -> list[str]:
    """What a user was told of the payment of this amount, but for the question."""
    texts = [said(body) for body in service.told(who)]
    return [text for text in texts if f"*${amount}*" in text and not text.startswith("Send ")]


def moved_to(service: Service, who: str) -> Counter[int]:
    """Each amount in cents that has reached a user, and how often."""
    ledger = service.ledger()
    [wallet] = [wallet for wallet, name in ledger["wallets"].items() if name == who]
    return Counter(each["amount"] for each in ledger["transactions"] if each["credit"] == wallet)


def test_a_payment_that_flash_answered_badly_is_told_truly_and_made_at_most_once(service: Service) -> None:
    """All troubles at the same time: each of them is looked up for itself."""
    link(service, "alice")
    for cents, trouble in STRUCK.items():
        question = service.say("alice", f"send {dollars(cents)} to @bob")
        answer = said(service.tap("alice", readable(question)[1][0]))
        assert "*still checking*" in answer, (trouble, answer)

    def all_told() -> list[list[str]] | None:
        told = [words_about(service, "alice", dollars(cents)) for cents in STRUCK]
        return told if all(len(words) > 1 for words in told) else None

    for cents, words in zip(STRUCK, eventually(all_told, LOOKED_UP_WITHIN_S), strict=True):
        what = f"*${dollars(cents)}* to @bob"
        made = [f"Paid: {what}."]
        assert words[1:] == ([f"{what} was *not paid*: Flash couldn't carry it out."] if cents == FAILED else made)
    paid = [int(cents) for cents in STRUCK if cents != FAILED]
    assert moved_to(service, "bob") == Counter(paid)
    assert service.ledger()["totals"] == {"USD": 0, "BTC": 0}
    assert f"${(25_000 - sum(paid)) / 100:.2f}" in said(service.say("alice", "balance"))


def for_human(sender: str) -> list[Payment]:
    """A payment that could not be found out about within a day."""
    now_s = time.time() - 90_000
    confirmed = confirm(proposal(), by="wamid.Y", reply_to=sender, now_s=now_s)
    intended = intend(confirmed, now_s=now_s, can_repeat=True)
    unknown = conclude(intended, Unknown("status PENDING"), now_s)
    return [confirmed, intended, unknown, advance(unknown, PaymentState.NEEDS_HUMAN, check_at_s=None)]


async def put(data: Path, steps: list[Payment]) -> None:
    """The payment is in the store of this data directory."""
    async with embedded(data) as store:
        client = shared_client(store.url)
        payments, before = RedisPayments(OneByOne(client), FakeDice(), FakeMeter()), proposal()
        await payments.propose(before)
        for after in steps:
            assert (await payments.move(before, after))[1]
            before = after
        await client.close()


def test_what_an_operator_decides_reaches_the_user_with_the_next_start(tmp_path: Path) -> None:
    asyncio.run(put(tmp_path / "data", for_human("18765550101")))
    assert proposal().id in pulse(tmp_path, "payments", "list").stdout
    resolved = pulse(tmp_path, "payments", "resolve", proposal().id, "rejected")
    assert (resolved.returncode, resolved.stderr) == (0, "")
    with serving(tmp_path) as service:
        told = eventually(lambda: service.told("alice") or None)
        assert [said(body) for body in told] == ["*$5.00* to @bob was *not paid*: a person has looked into it."]
        assert told[0]["biz_opaque_callback_data"] == "wamid.Y"
    with serving(tmp_path) as service:
        service.say("alice", "help")  # which is answered after whatever was left over
        assert len(service.told("alice")) == 1


def test_a_store_that_may_forget_is_taken_where_it_is_wanted(store_url: str, tmp_path: Path) -> None:
    with serving(tmp_path, more={"REDIS_URL": store_url, "REDIS_DURABILITY": "any"}) as service:
        assert service.get("/ready").status_code == 200
        assert service.running.store_url == store_url
