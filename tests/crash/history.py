"""What happened, judged afterwards: by what the world saw, and by what the bot has on record."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from service.core.payments import PaymentState
from service.sandbox.ledger import Entry
from tests.crash.phone import Answer, Order

__all__ = ["MANY", "Seen", "astray", "effects_of", "judge", "sends_of", "word_of"]

_ENDS: Mapping[str, str] = {
    PaymentState.SETTLED: "paid",
    PaymentState.REJECTED: "not paid",
    PaymentState.WITHDRAWN: "not paid",
}
"""States in which a confirmed payment may end, and what its user has to have heard last."""

MANY = 2
"""A payment that was sent so often may stay open for an hour: by chance a kill met its second sending."""

_HELD = "held"
"""Where the sandbox keeps money that is under way."""

_OPEN: Mapping[str, str] = {PaymentState.UNKNOWN: "open"}


class Seen(msgspec.Struct, frozen=True):
    """Everything there is to see. `effects` counts movements of money by payer's wallet and cents.

    `astray` has those that did not go to the shop: that is all that anybody pays.
    `sent` are the messages of each user in order, but for those that were refused at first: whose turn it is when they
    are delivered again is WhatsApp's choice. `replies` what the bot answered to each, `records` the payments in the
    bot's store.
    """

    orders: list[Order]
    effects: Counter[tuple[str, int]]
    acknowledged: list[str]
    sent: Mapping[str, list[str]]
    replies: Mapping[str, list[Answer]]
    records: list[dict[str, Any]]
    astray: Sequence[Entry] = ()


def effects_of(journal: Iterable[Entry], payers: set[str]) -> Counter[tuple[str, int]]:
    """How often each amount left each wallet."""
    return Counter((entry.debit, entry.amount) for entry in journal if entry.debit in payers)


def astray(journal: Iterable[Entry], payers: set[str], payee: str) -> list[Entry]:
    """What left the payers' wallets for somebody else, at once or after Flash had held it for a while."""
    ways = {payee, _HELD, *payers}
    return [entry for entry in journal if entry.debit in {_HELD, *payers} and entry.credit not in ways]


def sends_of(record: Mapping[str, Any]) -> int:
    """How often a payment on record was sent."""
    return int(msgspec.json.decode(record["body"])["sends"])


def judge(seen: Seen, *, is_over: bool) -> list[str]:
    """What is wrong; nothing is when all is as promised. `is_over` when no payment's end may be unknown any more."""
    ends = _ENDS if is_over else {**_ENDS, **_OPEN}
    return [
        *_money(seen),
        *_unanswered(seen),
        *_untrue(seen),
        *_ledger(seen, ends),
        *_two_words(seen),
        *_out_of_order(seen),
        *_repeated(seen),
    ]


def word_of(text: str) -> str | None:
    """What a reply says of a payment's outcome: paid, not paid, open, or nothing."""
    if text.startswith("Paid"):
        return "paid"
    if "*not paid*" in text:
        return "not paid"
    return "open" if "still checking" in text or "working on it" in text else None


def _money(seen: Seen) -> Iterator[str]:
    """At most one movement for each order, and none that nobody confirmed."""
    confirmed = {(order.wallet, order.cents) for order in seen.orders if order.yes_id is not None}
    for (wallet, cents), times in seen.effects.items():
        if times > 1:
            yield f"{cents} cents left {wallet} {times} times"
        if (wallet, cents) not in confirmed:
            yield f"{cents} cents left {wallet}, which nobody confirmed"
    for entry in seen.astray:
        yield f"{entry.amount} cents of {entry.debit} went to {entry.credit}"


def _unanswered(seen: Seen) -> Iterator[str]:
    for message_id in seen.acknowledged:
        if not seen.replies.get(message_id):
            yield f"{message_id} was acknowledged and never answered"


def _untrue(seen: Seen) -> Iterator[str]:
    for order in seen.orders:
        has_moved = seen.effects[order.wallet, order.cents] > 0
        for answer in seen.replies.get(order.yes_id or "", []):
            word = word_of(answer.text)
            if word is None or (word == "paid") > has_moved or (word == "not paid" and has_moved):
                what = "moved" if has_moved else "did not move"
                yield f"{order.cents} cents {what}, and the user was told: {answer.text}"


def _ledger(seen: Seen, ends: Mapping[str, str]) -> Iterator[str]:
    """The bot's record of each order is what happened to the money, and what its user was told last."""
    records: dict[tuple[str, int], tuple[str, Mapping[str, str]]] = {}
    for record in seen.records:
        body = msgspec.json.decode(record["body"])
        may_end = ends if sends_of(record) < MANY else {**_ENDS, **_OPEN}
        records[body["wallet_id"], body["amount_cents"]] = record["state"], may_end
    for order in seen.orders:
        state, may_end = records.get((order.wallet, order.cents), ("lost", ends))
        moved = seen.effects[order.wallet, order.cents]
        if order.yes_id is None:
            continue
        if state not in may_end:
            yield f"{order.cents} cents were confirmed, and are {state} in the end"
        elif state in _ENDS and (state == PaymentState.SETTLED) != (moved == 1):
            yield f"{order.cents} cents are {state}, and moved {moved} times"
        elif word_of(_last(seen, order)) != may_end[state]:
            yield f"{order.cents} cents are {state}, and the user heard last: {_last(seen, order)}"


def _two_words(seen: Seen) -> Iterator[str]:
    """A record's state is written down twice, and the same."""
    for record in seen.records:
        body = msgspec.json.decode(record["body"])
        if body["state"] != record["state"]:
            yield f"the record of {body['amount_cents']} cents says {body['state']} inside, {record['state']} outside"


def _last(seen: Seen, order: Order) -> str:
    answers = seen.replies.get(order.yes_id or "", [])
    return answers[-1].text if answers else "(nothing)"


def _out_of_order(seen: Seen) -> Iterator[str]:
    """The first answers to a user's messages come in the order of the messages."""
    for name, sent in seen.sent.items():
        places = [seen.replies[one][0].seq for one in sent if seen.replies.get(one)]
        if places != sorted(places):
            yield f"{name} was answered out of order: {places}"


def _repeated(seen: Seen) -> Iterator[str]:
    """Where WhatsApp's answer was lost a message is answered twice, but in the same words."""
    yeses = {order.yes_id for order in seen.orders}
    for message_id, answers in seen.replies.items():
        texts = {answer.text for answer in answers}
        if len(texts) > 1 and message_id not in yeses:
            yield f"{message_id} was answered differently: {texts}"
