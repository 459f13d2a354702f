from collections import Counter

from service.sandbox.behaviour import MAGIC_CENTS, Behaviour, Fate, Fates


def test_payments_succeed_unless_told_otherwise() -> None:
    fates = Fates(Behaviour(), 1)
    assert {fates.next("a", cents) for cents in (1, 404, 666)} == {Fate.SUCCESS}


def test_a_script_comes_first_and_ends() -> None:
    fates = Fates(Behaviour(script=(Fate.PENDING, Fate.FAILURE), magic=True), 1)
    fates.push(Fate.SLOW)
    assert [fates.next("a", 503) for _ in range(4)] == [Fate.PENDING, Fate.FAILURE, Fate.SLOW, Fate.ERROR_BEFORE]


def test_magic_amounts_have_their_outcomes() -> None:
    fates = Fates(Behaviour(magic=True), 1)
    assert {cents: fates.next("a", cents) for cents in MAGIC_CENTS} == MAGIC_CENTS
    assert fates.next("a", 500) is Fate.SUCCESS


def test_a_magic_amount_strikes_a_payment_once_and_another_of_the_same_amount_too() -> None:
    fates = Fates(Behaviour(magic=True), 1)
    assert [fates.next("a", 503, key) for key in ("k1", "k1", "k2", "k2")] == [
        Fate.ERROR_BEFORE,
        Fate.SUCCESS,
        Fate.ERROR_BEFORE,
        Fate.SUCCESS,
    ]


def test_a_magic_amount_strikes_whatever_has_no_key_each_time() -> None:
    fates = Fates(Behaviour(magic=True), 1)
    assert [fates.next("a", 503) for _ in range(3)] == [Fate.ERROR_BEFORE] * 3


def test_every_trouble_can_be_tried() -> None:
    assert set(MAGIC_CENTS.values()) == set(Fate) - {Fate.SUCCESS}


def test_outcomes_have_their_shares() -> None:
    fates = Fates(Behaviour({Fate.PENDING: 0.2, Fate.FAILURE: 0.1}), 1)
    seen = Counter(fates.next(str(i), 100) for i in range(4_000))
    assert 700 < seen[Fate.PENDING] < 900
    assert 320 < seen[Fate.FAILURE] < 480
    assert seen[Fate.SUCCESS] == 4_000 - seen[Fate.PENDING] - seen[Fate.FAILURE]


def test_a_payment_s_outcome_does_not_depend_on_other_payments() -> None:
    behaviour = Behaviour({Fate.PENDING: 0.5})
    alone, busy = Fates(behaviour, 1), Fates(behaviour, 1)
    expected = [alone.next("a>b", 100) for _ in range(20)]
    found = []
    for i in range(20):
        busy.next(f"c>{i}", 100)
        found.append(busy.next("a>b", 100))
    assert found == expected
