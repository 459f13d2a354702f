import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.core.phones import to_e164

ANN = "+18765550001"


@pytest.mark.parametrize(
    "typed",
    [
        "+18765550001",
        "+1 876 555 0001",
        "+1 (876) 555-0001",
        "18765550001",
        "1-876-555-0001",
        "8765550001",
        "876 555 0001",
        "(876) 555-0001",
        "  876.555.0001\n",
        "+1 876 555 0001 ext. 5",
        "٨٧٦٥٥٥٠٠٠١",
    ],
)
def test_one_number_has_one_form_however_it_is_typed(typed: str) -> None:
    assert to_e164(typed) == ANN


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("447911123456", "+447911123456"), ("+447911123456", "+447911123456"), ("011447911123456", "+447911123456")],
)
def test_numbers_of_other_countries_are_read(typed: str, expected: str) -> None:
    assert to_e164(typed) == expected


def test_digits_are_a_number_of_the_home_region_first() -> None:
    """658 is Jamaica's second area code, and +65 8... a mobile phone in Singapore."""
    assert [to_e164("6585550001", region) for region in ("JM", "SG")] == ["+16585550001", "+6585550001"]


def test_a_number_that_is_none_at_home_is_read_as_one_with_its_country_code() -> None:
    assert to_e164("6591234567") == "+6591234567"


def test_a_number_that_can_be_dialled_from_home_is_read_last() -> None:
    assert to_e164("2125550100") == "+12125550100"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "+",
        "bob",
        "911",
        "555-0001",
        "+1 876 555",
        "+18765550001234",
        "1" * 300,
        "+99 123 456 789",
        "\x00",
        "0",
        "++1",
    ],
)
def test_what_is_no_number_is_none(typed: str) -> None:
    assert to_e164(typed) is None


@given(st.text(max_size=30) | st.text("+0123456789 ()-.", max_size=20))
def test_any_text_gives_an_international_number_or_nothing(text: str) -> None:
    number = to_e164(text)
    assert number is None or (number[0] == "+" and number[1:].isascii() and number[1:].isdigit() and len(number) <= 16)


@given(st.text("0123456789", min_size=7, max_size=14))
def test_reading_is_stable(digits: str) -> None:
    number = to_e164(digits)
    assert number is None or to_e164(number) == number
