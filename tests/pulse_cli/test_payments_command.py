"""`pulse payments` on a real store, as an operator sees it."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any, TypeVar

import msgspec
import pytest

from service.core.messages import OutboxItem
from service.core.payment_steps import advance, conclude, confirm, intend, note
from service.core.payments import Payment, PaymentState, Settled, Unknown, intent_id, memo_tag
from service.store.clients import shared_client
from service.store.commands import Run
from service.store.one_by_one import OneByOne
from service.store.outbox import RedisOutbox
from service.store.payments import RedisPayments
from tests.pulse_cli.kit import Cli, Ended
from tests.store.kit import FakeDice, FakeMeter, proposal

pytestmark = pytest.mark.real

T = TypeVar("T")
SENT_S = 1_790_000_000.0  # 2026-09-21 14:13:20
ALARM = "no trace of it in Flash's books"


class Desk:
    """An operator at a store."""

    def __init__(self, cli: Cli, url: str) -> None:
        self._cli = cli
        self.url = url

    def __call__(self, *arguments: str, columns: int = 110) -> Ended:
        return self._cli("payments", *arguments, environ={"REDIS_URL": self.url, "COLUMNS": str(columns)})

    def put(self, *steps: Payment) -> Payment:
        """A payment goes through these steps; as it is then."""

        async def act(run: Run) -> None:
            payments = RedisPayments(run, FakeDice(time.time_ns()), FakeMeter())
            await payments.propose(steps[0])
            for before, after in pairwise(steps):
                assert (await payments.move(before, after))[1]

        self._with(act)
        return steps[-1]

    def stored(self, payment: Payment) -> Payment | None:
        return self._with(lambda run: RedisPayments(run, FakeDice(), FakeMeter()).get(payment.id))

    def outbox(self) -> list[OutboxItem]:
        return self._with(lambda run: RedisOutbox(run, FakeDice(), FakeMeter()).pending(10))

    def _with(self, act: Callable[[Run], Awaitable[T]]) -> T:
        async def main() -> T:
            client = shared_client(self.url)
            try:
                return await act(OneByOne(client))
            finally:
                await client.close()

        return asyncio.run(main())


@pytest.fixture
def desk(cli: Cli, store_url: str) -> Desk:
    return Desk(cli, store_url)


def unknown(number: int = 1, **changes: Any) -> list[Payment]:
    proposed = msgspec.structs.replace(proposal(number), **changes)
    confirmed = confirm(proposed, by="wamid.Y", reply_to="18765550101", now_s=SENT_S)
    intended = intend(confirmed, now_s=SENT_S, can_repeat=True)
    return [proposed, confirmed, intended, conclude(intended, Unknown("status PENDING"), SENT_S)]


def for_human(number: int = 1) -> list[Payment]:
    steps = unknown(number)
    why: dict[str, Any] = {"checks": 31, "checked_at_s": SENT_S + 86_400, "reason": "2 transactions could be it"}
    return [*steps, advance(steps[-1], PaymentState.NEEDS_HUMAN, check_at_s=None, **why)]


def settled(number: int = 1) -> list[Payment]:
    steps = unknown(number)[:3]
    return [*steps, conclude(steps[-1], Settled(), SENT_S)]


def alarmed(number: int = 1) -> list[Payment]:
    steps = settled(number)
    return [*steps, note(steps[-1], check_at_s=None, alarm=ALARM)]


def test_without_any_there_is_one_line(desk: Desk) -> None:
    assert desk("list") == Ended(0, "Payments\n\nNo payment waits for anything.\n", "")


def test_those_for_a_person_come_before_those_that_are_looked_up(desk: Desk) -> None:
    waiting, looked_up, contradicted = desk.put(*for_human(1)), desk.put(*unknown(2)), desk.put(*alarmed(3))
    said = desk("list", columns=160).output
    first, second = said.split("Still being looked up")
    assert "Waiting for a person" in first
    assert [payment.id in first for payment in (waiting, contradicted, looked_up)] == [True, True, False]
    assert looked_up.id in second
    [line] = [line for line in first.splitlines() if waiting.id in line]
    for fact in ("2026-09-21 14:13:20", "$5.00", "@bob", "needs-human", "2 transactions could be it"):
        assert fact in line
    assert ALARM in first
    assert "`pulse payments resolve ID settled|rejected` decides" in said


def test_where_a_person_has_nothing_to_do_it_says_so(desk: Desk) -> None:
    desk.put(*unknown())
    said = desk("list").output
    assert "No payment waits for a person." in said
    assert "resolve" not in said


@pytest.mark.parametrize("columns", [40, 60, 80, 100, 110, 160, 250])
def test_an_id_is_whole_in_every_terminal(desk: Desk, columns: int) -> None:
    label = {"target": msgspec.structs.replace(proposal().target, label="lnbc50u1p3qqqqqqqqqqqq…qqqq")}
    payments = [desk.put(*for_human(1)), desk.put(*unknown(2, **label, amount_cents=1_000_000))]
    said = desk("list", columns=columns).output
    assert [payment.id in said for payment in payments] == [True, True]
    assert "$10,000.00" in said


def test_settled_payments_that_are_only_audited_hide_nothing(desk: Desk) -> None:
    audited = [desk.put(*settled(number)) for number in range(10, 13)]
    later = unknown(1)
    later[-1] = msgspec.structs.replace(later[-1], check_at_s=SENT_S + 5_000)
    payment = desk.put(*later)
    said = desk("list", "--limit", "1").output
    assert payment.id in said
    assert [each.id for each in audited if each.id in said] == []


def test_all_that_helps_to_look_for_a_payment_is_shown(desk: Desk) -> None:
    payment = desk.put(*for_human())
    said = desk("show", payment.id)
    assert (said.code, said.errors) == (0, "")
    facts = dict(re.split(r"  +", line, maxsplit=1) for line in said.output.splitlines())
    assert facts["payment"] == payment.id
    assert facts["state"] == "needs-human"
    assert facts["idempotency key"] == intent_id(payment.id)
    assert facts["memo ends in"] == memo_tag(payment.id)
    assert (facts["from account"], facts["to wallet"]) == ("account-u1", "wallet-bob")
    assert (facts["sent first"], facts["sendings"], facts["lookups"]) == ("2026-09-21 14:13:20 UTC", "1", "31")
    assert "decided by" not in facts


WORDS = {
    "settled": "Paid: *$5.00* to @bob.",
    "rejected": "*$5.00* to @bob was *not paid*: a person has looked into it.",
}


@pytest.mark.parametrize(("outcome", "words"), WORDS.items())
def test_what_a_person_decides_is_recorded_and_on_its_way_to_the_user(desk: Desk, outcome: str, words: str) -> None:
    payment = desk.put(*for_human())
    said = desk("resolve", payment.id, outcome)
    assert said == Ended(
        0,
        f"payment {payment.id} is {outcome}; a running service tells its user within a minute, "
        "if they wrote to it in the last 24 hours\n",
        "",
    )
    stored = desk.stored(payment)
    assert stored is not None
    assert (stored.state, stored.reason, bool(stored.decided_by)) == (outcome, "resolved", True)
    [item] = desk.outbox()
    assert (item.to, item.about, getattr(item.message, "body", "")) == ("18765550101", "wamid.Y", words)
    assert desk("list").output.endswith("No payment waits for anything.\n")
    assert f"decided by       {stored.decided_by}\n" in desk("show", payment.id).output


def test_an_alarm_that_was_none_is_no_news_for_the_user(desk: Desk) -> None:
    payment = desk.put(*alarmed())
    said = desk("resolve", payment.id, "settled").output
    assert said == f"payment {payment.id} is settled; there is nothing new to tell its user\n"
    assert desk.outbox() == []


def test_an_alarm_that_was_right_is_news_for_the_user(desk: Desk) -> None:
    payment = desk.put(*alarmed())
    assert "tells its user" in desk("resolve", payment.id, "rejected").output
    [item] = desk.outbox()
    assert getattr(item.message, "body", "") == WORDS["rejected"]


def test_an_id_of_nothing_is_refused_in_one_line(desk: Desk) -> None:
    for arguments in (("show", "nope"), ("resolve", "nope", "settled")):
        desk(*arguments).assert_refused("there is no payment nope", "pulse payments list")


@pytest.mark.parametrize("outcome", ["paid", "unknown", "SETTLED", ""])
def test_a_word_that_is_no_outcome_is_refused_in_one_line(desk: Desk, outcome: str) -> None:
    payment = desk.put(*for_human())
    desk("resolve", payment.id, outcome).assert_refused("is no outcome", "settled", "rejected")
    assert desk.stored(payment) == payment


@pytest.mark.parametrize("steps", [unknown(), settled(), unknown()[:2]], ids=["unknown", "settled", "confirmed"])
def test_what_waits_for_nobody_is_refused_in_one_line(desk: Desk, steps: list[Payment]) -> None:
    payment = desk.put(*steps)
    desk("resolve", payment.id, "rejected").assert_refused(payment.id, f"is {payment.state} and waits for nobody")
    assert desk.stored(payment) == payment


def test_what_was_resolved_is_not_resolved_again(desk: Desk) -> None:
    payment = desk.put(*for_human())
    assert desk("resolve", payment.id, "rejected").code == 0
    desk("resolve", payment.id, "settled").assert_refused("is rejected and waits for nobody")
    assert len(desk.outbox()) == 1
