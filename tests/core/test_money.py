from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.core.money import format_minor, format_usd, minor_units, parse_cents, sats_to_cents
from service.core.queries import Price

AMOUNTS = st.integers(-(10**30), 10**30)
PRICES = st.builds(Price, base=st.integers(0, 10**30), offset=st.integers(0, 20))


def exact(amount: int, price: Price) -> Fraction:
    return Fraction(amount * price.base, 10**price.offset)


@given(AMOUNTS, PRICES)
def test_conversion_is_exact_and_rounded_half_to_even_once(amount: int, price: Price) -> None:
    assert minor_units(amount, price) == round(exact(amount, price))


@given(st.integers(0, 10**12), st.integers(1, 15))
def test_a_half_goes_to_the_even_neighbour(whole: int, offset: int) -> None:
    half = Price(base=5, offset=offset)
    converted = minor_units((2 * whole + 1) * 10 ** (offset - 1), half)
    assert converted == whole + whole % 2


@given(AMOUNTS, st.integers(0, 10**30), st.integers(1, 20))
def test_conversion_does_not_depend_on_how_the_price_is_written(amount: int, base: int, more: int) -> None:
    assert minor_units(amount, Price(base, 3)) == minor_units(amount, Price(base * 10**more, 3 + more))


@given(AMOUNTS, PRICES)
def test_a_debt_is_the_negative_of_the_same_credit(amount: int, price: Price) -> None:
    assert minor_units(-amount, price) == -minor_units(amount, price)


def test_a_sat_at_a_known_price() -> None:
    """One bitcoin at 64,123.45 USD is 0.06412345 cents a sat."""
    price = Price(base=64_123_450_000, offset=12)
    assert [sats_to_cents(sats, price) for sats in (0, 7, 8, 1_000, 100_000_000)] == [0, 0, 1, 64, 6_412_345]


@given(st.integers(0, 10**15 - 1), st.integers(0, 99))
def test_two_decimals_are_cents(dollars: int, cents: int) -> None:
    assert parse_cents(f"{dollars}.{cents:02d}") == dollars * 100 + cents


@pytest.mark.parametrize(
    ("text", "cents"), [("0", 0), ("5", 500), ("1500", 150_000), ("7.5", 750), ("0.07", 7), ("007", 700), ("9.99", 999)]
)
def test_plain_decimals_are_read(text: str, cents: int) -> None:
    assert parse_cents(text) == cents


@pytest.mark.parametrize(
    "text",
    [
        "",
        " 5",
        "5 ",
        "5\n",
        "-5",
        "+5",
        "1e3",
        "5.",
        ".5",
        "1,500",
        "1.234",
        "0x5",
        "\u0665",  # a five in Arabic
        "\uff15",  # a five of full width
        "NaN",
        "Infinity",
        "9" * 16,
        "1_0",
    ],
)
def test_anything_else_is_no_amount(text: str) -> None:
    assert parse_cents(text) is None


@given(st.text(max_size=12))
def test_no_text_is_an_error_or_a_negative_amount(text: str) -> None:
    cents = parse_cents(text)
    assert cents is None or cents >= 0


@given(st.integers(-(10**40), 10**40), st.integers(0, 8))
def test_the_decimal_is_exactly_the_minor_units(minor: int, digits: int) -> None:
    text = format_minor(minor, digits)
    assert Fraction(text.replace(",", "")) == Fraction(minor, 10**digits)
    assert len(text.partition(".")[2]) == digits


@pytest.mark.parametrize(
    ("minor", "digits", "text"),
    [
        (123_456, 2, "1,234.56"),
        (5, 2, "0.05"),
        (-5, 2, "-0.05"),
        (0, 2, "0.00"),
        (1_234, 0, "1,234"),
        (1_234_567, 3, "1,234.567"),
        (999, 0, "999"),
    ],
)
def test_minor_units_are_shown_grouped(minor: int, digits: int, text: str) -> None:
    assert format_minor(minor, digits) == text


@pytest.mark.parametrize(
    ("cents", "text"), [(0, "$0.00"), (5, "$0.05"), (123_456, "$1,234.56"), (-123_456, "-$1,234.56"), (-1, "-$0.01")]
)
def test_dollars_have_their_sign_in_front(cents: int, text: str) -> None:
    assert format_usd(cents) == text


@given(st.integers(0, 10**15))
def test_what_is_shown_can_be_typed_back(cents: int) -> None:
    assert parse_cents(format_usd(cents)[1:].replace(",", "")) == cents
