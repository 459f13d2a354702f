"""Each judge on histories made by hand: one that is well, and those that break its invariant."""

import pytest

from profiles.simulate.history import (
    Booted,
    Dealt,
    Delivered,
    Effect,
    Ended,
    Event,
    Faulted,
    History,
    Left,
    Lives,
    Placed,
    Posted,
    Said,
    Stored,
    Wrote,
)
from profiles.simulate.judges.all import INVARIANTS, judge
from profiles.simulate.people import BALANCE_STEP_CENTS

ANN, BOB = "18763100000", "18763100001"
HASH = "ab" * 32

LIVES: list[Event] = [
    Lives(0, ANN, "usrbbbb", "ctcbbbb", BOB, BALANCE_STEP_CENTS),
    Lives(0, BOB, "usrbbbc", "ctcbbbc", ANN, 2 * BALANCE_STEP_CENTS),
    Booted(0, 1, is_up=True),
]
DEAL = Dealt(5, ANN, BOB, 1_237, "membbbb")
INVOICE = Dealt(5, ANN, BOB, 1_237, "", HASH)
PAID = Said(8, ANN, "m1", "Paid: *$12.37* to a friend.")
NOT_PAID = Said(8, ANN, "m1", "*$12.37* to @usrbbbc was *not paid*: Flash refused it.")
CHECKING = Said(7, ANN, "m1", "*$12.37* to @usrbbbc: Flash hasn't told me, so I'm *still checking*.")
HUMAN = Said(9, ANN, "m1", "*$12.37* to @usrbbbc: a *person is looking into it*.")
MADE = Effect(7, ANN, BOB, 1_237, None, "membbbb #12345678", 7)
LIE = Faulted(6, "lie-paid", 21, ANN, ("intended",))
RECEIVED = Said(8, BOB, "p1:received", "You received *$12.37* from @usrbbbb.")
MADE_INVOICE = Effect(7, ANN, BOB, 1_237, HASH, None, 7)


def asked(name: str = "m1", user: str = ANN, at_s: float = 6.0, place: int = 0, post: int = 1) -> list[Event]:
    """A message that was accepted."""
    return [
        Wrote(at_s, user, name, "yes"),
        Posted(at_s, post, (name,)),
        Delivered(at_s + 0.1, post, 200),
        Placed(100, name, place),
    ]


def stored(state: str, **facts: object) -> Stored:
    """Ann's payment as the store has it."""
    known: dict[str, object] = {"payment_hash": None, "confirmed_by": "m1", **facts}
    return Stored(100, "p1", ANN, 1_237, state, **known)  # type: ignore[arg-type]  # a test's shorthand


GOOD: list[Event] = [*LIVES, DEAL, *asked(), MADE, PAID, RECEIVED, stored("settled"), Left(100, "inbox", 0, 0)]

BAD: list[tuple[str, list[Event]]] = [
    ("at-most-once", [DEAL, *asked(), MADE, MADE, PAID, stored("settled")]),
    ("at-most-once", [DEAL, Effect(7, ANN, ANN, 1_237, None, None, 7)]),
    ("no-false-word", [DEAL, *asked(), PAID, stored("settled", alarm="no trace", is_queued=True)]),
    ("ledgers-agree", [stored("settled", alarm="no trace", is_queued=True)]),
    ("ledgers-agree", [Wrote(6, ANN, "m1", "No", "pay:no:p1"), MADE, stored("settled")]),
    (
        "at-most-once",
        [INVOICE, Dealt(5, BOB, ANN, 1_237, "", HASH), MADE_INVOICE, Effect(9, BOB, ANN, 1_237, HASH, None, 9)],
    ),
    ("at-most-once", [DEAL, Effect(9, ANN, BOB, 1_236, None, None, 9)]),
    ("answered", [*asked()]),
    ("answered", [*asked(), Said(8, ANN, "m0", "Hello")]),
    ("answered", [DEAL, *asked(), CHECKING, stored("unknown")]),
    ("answered", [DEAL, *asked(), PAID, Said(9, ANN, "m2", CHECKING.text)]),
    ("no-false-word", [DEAL, *asked(), PAID, stored("settled")]),
    ("no-false-word", [DEAL, *asked(), Said(8, ANN, "m1", "Paid before: *$12.37* to @usrbbbc. Nothing")]),
    ("no-false-word", [DEAL, *asked(), MADE, NOT_PAID, stored("rejected")]),
    ("no-false-word", [DEAL, *asked(), NOT_PAID, Effect(90, ANN, BOB, 1_237, None, None, 90)]),
    ("no-false-word", [DEAL, *asked(), Effect(7, ANN, BOB, 1_237, None, None, None), PAID]),
    ("no-false-word", [DEAL, *asked(), Effect(7, ANN, BOB, 1_237, None, None, 20), PAID]),
    ("ledgers-agree", [DEAL, Effect(7, ANN, BOB, 1_237, None, None, None), stored("settled")]),
    ("no-false-word", [INVOICE, *asked(), MADE_INVOICE, NOT_PAID]),
    ("ledgers-agree", [stored("settled")]),
    ("ledgers-agree", [stored("rejected"), MADE]),
    ("ledgers-agree", [stored("withdrawn", payment_hash=HASH), MADE_INVOICE]),
    ("ledgers-agree", [stored("confirmed")]),
    ("ledgers-agree", [stored("intended"), MADE]),
    ("ledgers-agree", [stored("unknown"), MADE]),
    ("ledgers-agree", [MADE]),
    (
        "in-order",
        [*asked("m1"), *asked("m2", at_s=6.5, place=1, post=2), Said(7, ANN, "m2", "2"), Said(8, ANN, "m1", "1")],
    ),
    ("undisturbed", [*asked(), Said(12, ANN, "m1", "late")]),
    ("undisturbed", [Faulted(5, "pay-late", 50, BOB), *asked(), Said(12, ANN, "m1", "late")]),
    (
        "undisturbed",
        [Faulted(1, "chat-busy", 3, ANN), Said(4, ANN, "m0", "0"), *asked(), Said(12, ANN, "m1", "late")],
    ),
    ("undisturbed", [Faulted(5, "chat-busy", 50, BOB), *asked(), Said(12, ANN, "m1", "late")]),
    ("undisturbed", [*asked("n1", BOB, 5.9, 1, 2), Said(7, BOB, "n1", "?"), *asked(), Said(12, ANN, "m1", "late")]),
    ("kept-apart", [*asked(), Said(8, BOB, "m1", "yours?")]),
    ("kept-apart", [Said(8, BOB, "", "to nobody's message")]),
    ("kept-apart", [*asked(), Said(8, ANN, "m1", "usrbbbc sent it")]),
    ("kept-apart", [*asked(), Said(8, ANN, "m1", "your contact ctcbbbc")]),
    ("kept-apart", [*asked(), Said(8, ANN, "m1", f"Your balance is *${2 * BALANCE_STEP_CENTS // 100:,}.00*.")]),
    ("kept-apart", [Dealt(5, BOB, "18763100007", 1_237, "membbbd"), *asked(), Said(8, ANN, "m1", "-$12.37, now")]),
    ("kept-apart", [Dealt(5, BOB, "18763100007", 1_237, "membbbd"), *asked(), Said(8, ANN, "m1", "Note: membbbd")]),
    ("told-truly", [DEAL, RECEIVED]),
    ("told-truly", [DEAL, MADE, Said(8, ANN, "p1:received", "You received *$12.37* from @usrbbbb.")]),
    ("told-truly", [DEAL, MADE, Said(8, BOB, "p1:received", "You received *$12.37* from @usrbbbc.")]),
    ("told-truly", [DEAL, MADE, RECEIVED, Said(9, BOB, "p1:received", RECEIVED.text)]),
    ("bounded", [Left(100, "inbox", 1, 0)]),
    ("bounded", [Left(100, "connections", 19, 18)]),
]


def findings(events: list[Event]) -> dict[str, int]:
    return {name: len(verdict.findings) for name, verdict in judge(History(events)).items()}


def test_a_good_history_breaks_nothing_and_every_judge_had_something_to_judge() -> None:
    verdicts = judge(History(GOOD))
    assert {name: verdict.findings for name, verdict in verdicts.items() if verdict.findings} == {}
    assert all(verdict.judged for verdict in verdicts.values())


@pytest.mark.parametrize(("name", "events"), BAD)
def test_a_bad_history_is_found_by_its_judge(name: str, events: list[Event]) -> None:
    assert findings([*LIVES, *events])[name] == 1


def test_every_invariant_has_a_bad_history() -> None:
    assert {name for name, _ in BAD} == {one.name for one in INVARIANTS}


@pytest.mark.parametrize(
    ("name", "events"),
    [
        ("answered", [Wrote(6, ANN, "m1", "yes"), Posted(6, 1, ("m1",)), Delivered(6, 1, 503)]),
        ("answered", [DEAL, *asked(), CHECKING, PAID]),
        ("answered", [DEAL, *asked(), CHECKING, HUMAN]),
        ("answered", [*asked(), stored("needs-human", is_queued=True)]),
        ("no-false-word", [DEAL, *asked(), CHECKING, MADE]),
        ("no-false-word", [DEAL, LIE, *asked(), PAID, stored("settled", alarm="no trace", is_queued=True)]),
        ("no-false-word", [INVOICE, *asked(), MADE_INVOICE, Said(8, ANN, "m1", "Paid: *$12.36* to an invoice.")]),
        ("ledgers-agree", [*asked(), stored("needs-human"), MADE]),
        ("ledgers-agree", [stored("needs-human")]),
        ("ledgers-agree", [stored("rejected")]),
        ("ledgers-agree", [LIE, stored("settled", alarm="no trace", is_queued=True)]),
        (
            "in-order",
            [*asked("m1"), *asked("n1", BOB, place=1, post=2), Said(7, BOB, "n1", "2"), Said(8, ANN, "m1", "1")],
        ),
        ("undisturbed", [Faulted(5, "pay-late", 50, ANN), *asked(), Said(12, ANN, "m1", "late")]),
        (
            "undisturbed",
            [
                Faulted(1, "chat-timeout-after", 3, ANN),
                Said(1.1, ANN, "m0", "0"),
                *asked(),
                Said(11, ANN, "m0", "0"),
                Said(12, ANN, "m1", "late"),
            ],
        ),
        ("undisturbed", [Faulted(5, "store-slow", 7), *asked(), Said(12, ANN, "m1", "late")]),
        (
            "undisturbed",
            [*asked(), *asked("m2", at_s=6.5, place=1, post=2), Said(12, ANN, "m1", "1"), Said(13, ANN, "m2", "2")],
        ),
        ("told-truly", [DEAL, LIE, RECEIVED]),
        ("told-truly", [DEAL, MADE, RECEIVED, Ended(8.5, 1, "killed"), Said(9, BOB, "p1:received", RECEIVED.text)]),
        ("kept-apart", [DEAL, MADE, RECEIVED]),
        ("no-false-word", [DEAL, MADE, Faulted(7.5, "tail", 8), *asked(), NOT_PAID]),
        ("kept-apart", [DEAL, *asked("n1", BOB), Said(8, BOB, "n1", "+$12.37, now; Note: membbbb")]),
        ("kept-apart", [Wrote(5, ANN, "m1", "send 5 to @usrbbbc"), Said(8, ANN, "m1", "Send to *@usrbbbc*?")]),
    ],
)
def test_what_is_allowed_is_not_found(name: str, events: list[Event]) -> None:
    assert findings([*LIVES, *events])[name] == 0


def test_where_the_store_forgets_only_what_can_hold_is_judged() -> None:
    assert set(judge(History(GOOD), store_forgets=True)) == {"at-most-once", "no-false-word", "kept-apart"}
