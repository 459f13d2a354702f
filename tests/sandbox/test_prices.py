from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.sandbox.prices import CENT_OFFSET, CURRENCIES, SAT_OFFSET, STEP_S, Prices

NOW_S = 1_800_000_000.0
times = st.integers(0, 2**33).map(float)


def test_a_price_is_the_same_whenever_it_is_asked_for() -> None:
    wandering, fresh = Prices(7), Prices(7)
    for offset_s in (0, 500, 30, 86_400):
        wandering.quote("JMD", NOW_S + offset_s)
    assert wandering.quote("JMD", NOW_S) == fresh.quote("JMD", NOW_S)


def test_prices_do_not_depend_on_the_machine() -> None:
    """Fixed figures: integers only, so that every platform has the same."""
    quote = Prices(1).quote("JMD", NOW_S)
    assert (quote.sat_base, quote.cent_base, quote.at_s) == (14_968_785_922_355, 160_106_416, 1_800_000_000)


def test_prices_stand_still_within_a_step_and_move_between_steps() -> None:
    prices = Prices(1)
    assert prices.quote("USD", NOW_S) == prices.quote("USD", NOW_S + STEP_S - 0.1)
    assert prices.quote("USD", NOW_S).sat_base != prices.quote("USD", NOW_S + STEP_S).sat_base


def test_frozen_prices_never_move() -> None:
    prices = Prices(1, moving=False)
    assert prices.quote("EUR", NOW_S).sat_base == prices.quote("EUR", NOW_S + 1e7).sat_base


def test_seeds_differ() -> None:
    assert Prices(1).quote("USD", NOW_S) != Prices(2).quote("USD", NOW_S)


def test_a_dollar_is_a_dollar() -> None:
    assert Prices(1).quote("USD", NOW_S).cent_base == 10**CENT_OFFSET


@settings(deadline=None)
@given(times, st.integers(0, 1000))
def test_prices_stay_in_their_band(now_s: float, seed: int) -> None:
    quote = Prices(seed).quote("USD", now_s)
    bitcoin_dollars = Decimal(quote.sat_base).scaleb(-SAT_OFFSET) * 10**8 / 100
    assert 90_000 < bitcoin_dollars < 100_000


@settings(deadline=None)
@given(times)
def test_a_step_is_small(now_s: float) -> None:
    prices = Prices(3)
    before, after = prices.quote("USD", now_s).sat_base, prices.quote("USD", now_s + STEP_S).sat_base
    assert abs(after - before) * 1000 < before


@pytest.mark.parametrize("currency", CURRENCIES)
def test_all_currencies_agree_on_the_bitcoin(currency: str) -> None:
    prices = Prices(5)
    dollars, other = prices.quote("USD", NOW_S), prices.quote(currency, NOW_S)
    through_dollars = Decimal(dollars.sat_base) * other.cent_base / 10**CENT_OFFSET
    assert abs(through_dollars - other.sat_base) <= 1
    assert other.sat_base < 2**53


def test_an_unknown_currency_has_no_price() -> None:
    with pytest.raises(KeyError):
        Prices(1).quote("XYZ", NOW_S)


def test_amounts_have_their_currency_s_digits() -> None:
    prices = Prices(1, moving=False)
    assert prices.display_amount(-1234, "USD", NOW_S) == "-12.34"
    assert prices.display_amount(100, "JMD", NOW_S) == "160.25"
    assert prices.display_amount(100, "JPY", NOW_S) == "151"


def test_conversions_round_in_favour_of_the_house() -> None:
    prices = Prices(1, moving=False)
    assert prices.sats(1, NOW_S) == 10  # 10.5 sats
    assert prices.cents(10_000, NOW_S) == 1  # 0.95 cents
    assert prices.cents(10_527, NOW_S) == 2  # 1.00007 cents
