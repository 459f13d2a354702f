"""Amounts: a plain number of dollars, or exactly what was typed, for validation to refuse."""

import pytest

from service.commands.parsing import amount_answer, parse
from service.commands.parsing.numbers import number_in_words


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("5", "5"),
        ("7.50", "7.50"),
        (".5", "0.5"),
        ("05", "5"),
        ("0", "0"),
        ("0.50", "0.50"),
        ("+5", "5"),
        ("5.", "5"),
        ("5,", "5"),
        ("1,500", "1500"),
        ("1,234,567.89", "1234567.89"),
        ("$10", "10"),
        ("10$", "10"),
        ("$ 10", "10"),
        ("US$10", "10"),
        ("$1,500", "1500"),
        ("5 bucks", "5"),
        ("5 USD", "5"),
        ("usd 5", "5"),
        ("5usd", "5"),
        ("5 dollars", "5"),
        ("5 us dollars", "5"),
        ("five", "5"),
        ("five bucks", "5"),
        ("a dollar", "1"),
        ("twenty-five", "25"),
        ("twenty five", "25"),
        ("a hundred", "100"),
        ("hundred", "100"),
        ("two hundred fifty", "250"),
        ("two hundred and fifty dollars", "250"),
        ("one thousand five hundred", "1500"),
        ("٥", "5"),  # noqa: RUF001 - the digit of another script
        ("*5*", "5"),
        ("5️⃣", "5"),
    ],
)
def test_amount_is_normalised_and_alone_it_answers(typed: str, amount: str) -> None:
    assert parse(f"send {typed} to bob").args == {"amount": amount, "recipient": "bob"}
    assert amount_answer(typed) == amount


@pytest.mark.parametrize("typed", ["-5", "- 5", "−5", "-$5", "$-5", "minus five"])  # noqa: RUF001 - a phone's minus
def test_negative_amount_stays_negative(typed: str) -> None:
    assert parse(f"send {typed} to bob").args == {"amount": "-5", "recipient": "bob"}
    assert parse(f"send bob {typed}").args == {"amount": "-5", "recipient": "bob"}
    assert amount_answer(typed) is None


@pytest.mark.parametrize(
    "typed",
    [
        "1.2.3",
        "1,50",
        "1,5000",
        "0,500",
        ",5",
        "...5",
        "1 500",
        "5 5",
        "5-10",
        "5/2",
        "5%",
        "5k",
        "1e3",
        "5²",
        "½",
        "5½",
        "5 million",
        "5 hundred",
        "two fifty",
        "five five",
        "5 and a half",
        "5 or 10",
        "five point five",
        "5 .50",
        "5 dollars and 50 cents",
        "50 cents",
        "100 sats",
        "1 btc",
        "€5",
        "J$500",
        "500 jmd",
    ],
)
def test_what_is_no_plain_amount_stays_as_typed(typed: str) -> None:
    assert parse(f"send {typed} to bob").args == {"amount": typed, "recipient": "bob"}
    assert parse(f"send bob {typed}").args == {"amount": typed, "recipient": "bob"}
    assert amount_answer(typed) is None


@pytest.mark.parametrize("unclear", ["5 more", "5 and some change", "5 foo bar"])
def test_words_between_amount_and_recipient_make_the_amount_unreadable(unclear: str) -> None:
    assert parse(f"send {unclear} to bob").args == {"amount": unclear, "recipient": "bob"}


@pytest.mark.parametrize("vague", ["all", "half", "everything"])
def test_vague_amount_stays_as_typed(vague: str) -> None:
    assert parse(f"send {vague} to bob").args == {"amount": vague, "recipient": "bob"}


def test_amount_cut_by_the_length_limit_is_not_read() -> None:
    assert parse("send bob " + "5" * 5000).args == {"recipient": "bob"}


def test_invisible_characters_do_not_change_an_amount() -> None:
    assert parse("send 1\u200b500 to bob").args["amount"] == "1500"


@pytest.mark.parametrize("text", ["1", "2", "3", "123456"])
def test_answer_may_be_what_alone_would_be_another_command(text: str) -> None:
    assert amount_answer(text) == text


@pytest.mark.parametrize(
    "text", ["", "yes", "more", "send 5", "5 to bob", "5 or so", "a", "and", "$", "five five", "🙂"]
)
def test_what_is_more_or_less_than_an_amount_is_no_answer(text: str) -> None:
    assert amount_answer(text) is None


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("zero", 0),
        ("nineteen", 19),
        ("ninety-nine", 99),
        ("fifteen hundred", 1500),
        ("twelve thousand three hundred and four", 12304),
        ("two hundred fifty thousand", 250_000),
        ("a", 1),
        ("a five", None),
        ("five hundred hundred", None),
        ("one hundred five hundred", None),
        ("two thousand thousand", None),
        ("hundred and", None),
        ("twenty eleven", None),
        ("and five", None),
        ("zero five", None),
        ("", None),
    ],
)
def test_number_in_words(words: str, number: int | None) -> None:
    assert number_in_words(words.split()) == number
