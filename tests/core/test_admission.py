from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.core.admission import (
    BLIND_S,
    MAX_REMEMBERED,
    MEMORY_S,
    Blindness,
    Limits,
    Load,
    Refusals,
    are_late,
    fair_share,
    is_shed,
    refuses,
)
from service.core.messages import Incoming

NOW_S = 1_750_000_000
LIMITS = Limits(active=4, queued=8, waiting=100, each=20, delay_s=1.0, deadline_s=10.0)
CALM = Load(waiting=10, users=2, queued=0, delay_s=0.0)


def message(name: str = "1", sender: str = "ann", text: str = "balance", *, age_s: float = 0.0) -> Incoming:
    return Incoming(name, sender, None, "text", text, NOW_S, NOW_S + age_s)


def is_yes(one: Incoming) -> bool:
    return one.text == "yes"


@pytest.mark.parametrize(("users", "share"), [(0, 20), (1, 20), (5, 20), (10, 10), (99, 1), (1_000, 1)])
def test_a_fair_share_is_an_equal_part_and_never_nothing(users: int, share: int) -> None:
    assert fair_share(LIMITS, users) == share


@given(st.integers(1, 10_000))
def test_all_fair_shares_together_fit_into_the_room_that_there_is(users: int) -> None:
    assert users * fair_share(LIMITS, users) <= max(LIMITS.waiting, users)


@pytest.mark.parametrize(
    ("load", "refused"),
    [
        (CALM, False),
        (Load(100, 2, 0, 0.0), True),
        (Load(10, 2, 8, 0.0), True),
        (Load(10, 2, 7, 1.0), False),
        (Load(10, 2, 7, 1.01), True),
    ],
    ids=["calm", "full", "queued", "just", "slow"],
)
def test_a_batch_is_refused_when_there_is_no_room_for_anybody(load: Load, refused: bool) -> None:
    assert refuses(LIMITS, load, [0], late=False) is refused


def test_who_has_a_fair_share_is_refused_more_but_keeps_nobody_else_out() -> None:
    assert refuses(LIMITS, CALM, [20], late=False)
    assert not refuses(LIMITS, CALM, [20, 0], late=False)


def test_what_is_late_is_taken_only_when_nobody_waits() -> None:
    assert not refuses(LIMITS, CALM, [0], late=True)
    assert refuses(LIMITS, Load(10, 2, 1, 0.1), [0], late=True)


@pytest.mark.parametrize(
    ("ages_s", "late"),
    [([11], True), ([11, 0], False), ([10], False), ([-86_400], False), ([86_400], False)],
    ids=["late", "mixed", "in time", "clock behind", "clock ahead"],
)
def test_late_is_a_batch_in_which_nothing_is_in_time(ages_s: Sequence[float], late: bool) -> None:
    assert are_late(LIMITS, [message(str(n), age_s=age_s) for n, age_s in enumerate(ages_s)]) is late


@pytest.mark.parametrize(("waited_s", "contended", "shed"), [(10, True, False), (11, True, True), (11, False, False)])
def test_shed_is_what_waited_too_long_while_others_wait(waited_s: float, contended: bool, shed: bool) -> None:
    assert is_shed(LIMITS, waited_s, is_contended=contended) is shed


@pytest.mark.parametrize("wrong", [{"active": 0}, {"queued": 0}, {"each": 0}, {"deadline_s": -1.0}])
def test_limits_that_would_take_nothing_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="nothing would ever be handled"):
        Limits(**wrong)  # type: ignore[arg-type]  # one field or another


def test_what_is_written_before_its_user_can_know_of_the_shedding_is_covered() -> None:
    blind = Blindness()
    blind.begin("ann", message(age_s=2.0), waited_s=12.0)
    until_s = int(NOW_S + 2 + 12 + BLIND_S)
    written = [Incoming("2", "ann", None, "text", "yes", until_s + after_s, 0.0) for after_s in (-19, 0, 1)]
    assert [blind.covers("ann", one) for one in written] == [True, True, False]
    assert not blind.covers("bob", written[0])


def test_a_clock_that_is_off_blinds_nobody_for_long() -> None:
    blind = Blindness()
    blind.begin("ann", message(age_s=86_400.0), waited_s=0.0)
    assert not blind.covers("ann", Incoming("2", "ann", None, "text", "yes", NOW_S + 126, 0.0))


def test_how_many_are_blind_is_bounded() -> None:
    blind = Blindness()
    for number in range(MAX_REMEMBERED + 5):
        blind.begin(str(number), message(), 0.0)
    assert len(blind) == MAX_REMEMBERED


def test_a_message_that_was_refused_and_comes_again_is_good() -> None:
    refusals = Refusals(is_yes)
    refusals.refused([message("1"), message("2")], 0.0)
    assert refusals.taken([message("1")], 4.0) | refusals.taken([message("2", text="yes")], 4.0) == set()
    assert len(refusals) == 0


def test_a_yes_that_comes_before_its_refused_question_is_void_and_the_question_is_not() -> None:
    refusals = Refusals(is_yes)
    refusals.refused([message("1", text="send 5 to @bob")], 0.0)
    assert refusals.taken([message("2", text="yes")], 1.0) == {"2"}
    assert refusals.taken([message("1", text="send 5 to @bob")], 4.0) == set()


def test_what_was_void_is_so_again_when_the_store_could_not_take_it() -> None:
    refusals = Refusals(is_yes)
    refusals.refused([message("1")], 0.0)
    assert refusals.taken([message("2")], 1.0) == set()
    void = refusals.taken([message("1")], 2.0)
    refusals.refused([message("1")], 2.5, void)
    assert refusals.taken([message("1")], 3.0) == void == {"1"}


def test_a_question_that_comes_after_a_later_one_is_void() -> None:
    refusals = Refusals(is_yes)
    refusals.refused([message("1", text="send 5 to @bob")], 0.0)
    assert refusals.taken([message("2", text="send 7 to @eve")], 1.0) == set()
    assert refusals.taken([message("1", text="send 5 to @bob")], 4.0) == {"1"}


def test_a_question_and_its_yes_in_one_batch_are_in_order() -> None:
    refusals = Refusals(is_yes)
    refusals.refused([message("1")], 0.0)
    assert refusals.taken([message("1"), message("2", text="yes")], 4.0) == set()


def test_what_was_refused_of_one_sender_is_nothing_to_another() -> None:
    refusals = Refusals(is_yes)
    refusals.refused([message("1", sender="bob")], 0.0)
    assert refusals.taken([message("2", text="yes")], 1.0) == set()


def test_refusals_are_forgotten_when_paying_commands_ask_again_anyway() -> None:
    refusals = Refusals(is_yes)
    refusals.refused([message("1")], 0.0)
    assert refusals.taken([message("2", text="yes")], MEMORY_S + 1) == set()
    assert len(refusals) == 0


def test_the_memory_of_refusals_is_bounded_by_sender_and_for_each() -> None:
    refusals = Refusals(is_yes)
    for number in range(MAX_REMEMBERED + 5):
        refusals.refused([message(str(number), sender=str(number))], 0.0)
    refusals.refused([message(str(number), sender="flood") for number in range(1_000)], 0.0)
    assert len(refusals) == MAX_REMEMBERED
    assert len(refusals._missing["flood"].overtaken) == 256
