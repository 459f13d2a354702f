"""The invariants, in the order in which they are shown."""

from profiles.simulate.history import History
from profiles.simulate.judges.apart import bounded, kept_apart
from profiles.simulate.judges.money import at_most_once, ledgers_agree, no_false_word
from profiles.simulate.judges.news import told_truly
from profiles.simulate.judges.talk import BOUND_S, answered, in_order, undisturbed
from profiles.simulate.judges.verdict import Invariant, Verdict

__all__ = ["INVARIANTS", "REPEATABLE", "REPEATABLE_SENTENCE", "judge"]

INVARIANTS = (
    Invariant(
        "at-most-once",
        "money is taken at most once for what was asked for, and goes where it was to go",
        at_most_once,
        "payments",
        needs_store=False,
    ),
    Invariant(
        "answered", "every acknowledged message has an answer, every “still checking” an end", answered, "messages"
    ),
    Invariant(
        "no-false-word",
        "“paid” is never said without a payment (but where Flash lied: an alarm), “not paid” never with one",
        no_false_word,
        "claims",
        needs_store=False,
    ),
    Invariant(
        "ledgers-agree",
        "our ledger says what Flash's says, or that a person has to look; all was said yes to",
        ledgers_agree,
        "records",
    ),
    Invariant(
        "told-truly",
        "recipients are told of payments to them that were made, and once",
        told_truly,
        "notices",
    ),
    Invariant("in-order", "each user's messages are answered in the order they were accepted", in_order, "replies"),
    Invariant("undisturbed", f"what happens to others delays no answer beyond {BOUND_S:g} s", undisturbed, "answers"),
    Invariant("kept-apart", "nothing of one user reaches another", kept_apart, "replies", needs_store=False),
    Invariant(
        "bounded", "when all is over nothing is left: no queue, no task, no key, no connection", bounded, "things"
    ),
)

REPEATABLE = "repeatable"
"""The name of the one invariant that needs two runs."""

REPEATABLE_SENTENCE = ("the same seed is the same world, to the last event", "seeds run twice")
"""Its sentence, and what is counted."""


def judge(history: History, *, store_forgets: bool = False) -> dict[str, Verdict]:
    """Every invariant's verdict, by name; where the store forgets, of those that hold even then."""
    return {one.name: one.judge(history) for one in INVARIANTS if not (store_forgets and one.needs_store)}
