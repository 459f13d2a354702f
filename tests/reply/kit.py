"""One or more examples of every result, and of foreign text at its worst."""

from typing import get_args

import msgspec

from service.core.payments import Payment, PaymentState, Target
from service.core.queries import Currency, Transaction
from service.core.results import (
    AccountLinked,
    AlreadyLinked,
    BalanceShown,
    CodeRefused,
    CodeSent,
    ContactRemoved,
    ContactSaved,
    ContactsShown,
    HelpShown,
    HistoryShown,
    InvoiceCreated,
    LateCommand,
    Money,
    NoOpenPayment,
    PaymentArrived,
    PaymentProposed,
    PaymentStatus,
    PriceShown,
    Problem,
    RecipientUnknown,
    Result,
    StatementPromised,
    TransactionShown,
    Trouble,
    UnlinkAsked,
    Unlinked,
    UnsupportedMessage,
    UsernameSet,
    UsernameShown,
)
from service.core.sessions import Contact

NOW_S = 1_800_000_000.0
JMD = Currency("JMD", "J$", "Jamaican Dollar", 2)
YEN = Currency("JPY", "¥", "Yen", 0)
NASTY = "*x*\n_y_ ~z~ `c` \u202egnp\u200b{amount} \x00" + "w" * 5_000
PAYMENT = Payment(
    "0123456789abcdef0123456789abcdef",
    "ann",
    "acc_ann",
    "wallet_ann",
    Target("wallet", "@bob", "wallet_bob"),
    500,
    "lunch",
    NOW_S,
)
MOVEMENT = Transaction("tx-0a1b2c3d", True, "SUCCESS", 500, "787.50", "JMD", int(NOW_S) - 300)
INVOICE = "lnbc50u1" + "q" * 300


def status(state: PaymentState, reason: str | None = None, *, repeated: bool = False) -> PaymentStatus:
    """Where the payment of five dollars to @bob stands."""
    return PaymentStatus(msgspec.structs.replace(PAYMENT, state=state, reason=reason), repeated)


def nasty_payment() -> Payment:
    """All that others may write into a payment."""
    return msgspec.structs.replace(PAYMENT, target=Target("wallet", NASTY, "w"), memo=NASTY)


SAMPLES: tuple[Result, ...] = (
    HelpShown(None, linked=True),
    HelpShown(None, linked=False),
    HelpShown("send", linked=True, asked=NASTY),
    HelpShown("voice", linked=True),
    CodeSent(),
    CodeRefused(3),
    CodeRefused(1),
    CodeRefused(0),
    AlreadyLinked("ann"),
    AlreadyLinked(None),
    AccountLinked("ann"),
    AccountLinked(None),
    UnlinkAsked(),
    Unlinked(),
    BalanceShown(Money(5_025)),
    BalanceShown(Money(5_025, 791_438, JMD), refreshed=True),
    BalanceShown(Money(0), age_s=180.0),
    PriceShown(10_000_000, Currency("USD", "$", "US Dollar", 2)),
    PriceShown(15_000_000, YEN, age_s=30.0),
    UsernameShown(None),
    UsernameShown("ann_b"),
    UsernameSet("ann_b"),
    PaymentProposed(PAYMENT, Money(500)),
    PaymentProposed(nasty_payment(), Money(500, 78_750, JMD)),
    *(status(state, repeated=repeated) for state in PaymentState for repeated in (False, True)),
    PaymentStatus(nasty_payment()),
    NoOpenPayment(),
    PaymentArrived(Money(500), "ann_b"),
    PaymentArrived(Money(500), None),
    RecipientUnknown("@nobody", "username"),
    RecipientUnknown(NASTY, "contact"),
    RecipientUnknown("+18765550003", "phone"),
    InvoiceCreated(INVOICE, Money(500, 78_750, JMD), NASTY, 59),
    InvoiceCreated(INVOICE, None, None, 60),
    HistoryShown((), NOW_S),
    HistoryShown((MOVEMENT,) * 30, NOW_S, age_s=200.0),
    TransactionShown(MOVEMENT, "2c3d"),
    TransactionShown(None, NASTY),
    StatementPromised("csv", "ann", "acc_ann", "wallet_ann", 0, int(NOW_S), "all"),
    StatementPromised("pdf", "ann", "acc_ann", "wallet_ann", 0, int(NOW_S), "2026-03"),
    ContactsShown(()),
    ContactsShown(tuple(Contact(f"{n}{NASTY}", "+18765550002") for n in range(200))),
    ContactSaved(Contact(NASTY, "+18765550002")),
    ContactRemoved("bob", existed=True),
    ContactRemoved(NASTY, existed=False),
    Problem("not-linked"),
    Problem("not-understood", {"text": NASTY}),
    Problem("refused", {"code": "IBEX_ERROR"}),
    Problem("refused", {"code": "SOMETHING_NEW"}),
    Problem("a rule that nobody worded"),
    Trouble("flash-unavailable"),
    Trouble("flash-unavailable", 12.3),
    Trouble("flash-busy"),
    Trouble("session-expired"),
    Trouble("too-busy"),
    Trouble("internal"),
    LateCommand(),
    UnsupportedMessage(),
)

RESULT_TYPES = frozenset(get_args(Result))
