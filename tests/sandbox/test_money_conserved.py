"""Whatever is paid, in whatever order and with whatever outcome, money is neither made nor lost."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from service.sandbox.behaviour import Fate

NAMES = ["alice", "bob", "carol", "erin", "frank"]
names = st.sampled_from(NAMES)
fates = st.sampled_from(list(Fate))
amounts = st.integers(1, 30_000)
steps = st.one_of(
    st.tuples(st.just("send"), names, names, amounts, fates, st.sampled_from(["", "k1", "k2"])),
    st.tuples(st.just("invoice"), names, names, amounts, fates, st.booleans()),
    st.tuples(st.just("wait"), st.floats(1, 100)),
)


def carry_out(house: Any, documents: Any, step: tuple[Any, ...]) -> None:
    if step[0] == "wait":
        house.clock.now_s += step[1]
        return
    kind, payer, payee, cents, fate, extra = step
    house.sandbox.fates.push(fate)
    if kind == "send":
        fields = house.payment(payer, payee, cents, idempotencyKey=extra)
        house.reply(documents["pay"], {"input": fields}, payer)
        return
    made = house.change(
        documents["open_invoice" if extra else "invoice"],
        payee,
        walletId=house.person(payee).usd_wallet_id,
        expiresIn=1,
        **({} if extra else {"amount": cents}),
    )
    if made["invoice"]:
        fields = {"walletId": house.person(payer).usd_wallet_id, "paymentRequest": made["invoice"]["paymentRequest"]}
        document = documents["pay_open" if extra else "pay_invoice"]
        house.reply(document, {"input": fields | ({"amount": cents} if extra else {})}, payer)


@settings(deadline=None, max_examples=40)
@given(st.lists(steps, max_size=15))
def test_money_is_neither_made_nor_lost(make_house: Any, documents: Any, taken: list[tuple[Any, ...]]) -> None:
    house = make_house()
    before = sum(house.cents(name) for name in house.world.names)
    for step in taken:
        carry_out(house, documents, step)
        held = house.world.ledger.balance("held")
        assert house.is_balanced()
        assert min(house.cents(name) for name in NAMES) >= 0
        assert held >= 0
        assert sum(house.cents(name) for name in house.world.names) + held == before


@settings(deadline=None, max_examples=40)
@given(st.lists(steps, max_size=15))
def test_statements_add_up_to_balances(make_house: Any, documents: Any, taken: list[tuple[Any, ...]]) -> None:
    house = make_house()
    wallets = {name: house.person(name).usd_wallet_id for name in NAMES}
    opening = {name: house.cents(name) for name in NAMES}
    past = {name: len(house.world.statements.newest_first([wallets[name]])) for name in NAMES}
    for step in taken:
        carry_out(house, documents, step)
    house.clock.now_s += 100
    house.ask("{ realtimePrice { id } }")
    stuck = dict.fromkeys(NAMES, 0)
    for entry in house.world.ledger.journal:
        for name in NAMES:
            stuck[name] += entry.amount * (entry.debit == wallets[name])
    for name in NAMES:
        rows = house.world.statements.newest_first([wallets[name]])
        new = rows[: len(rows) - past[name]]
        assert sum(row.amount for row in new if row.amount > 0) == house.cents(name) - opening[name] + stuck[name]
        assert -sum(row.amount for row in new if row.amount < 0) <= stuck[name]
