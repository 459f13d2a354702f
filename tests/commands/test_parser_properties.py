"""What holds for any text at all."""

from decimal import Decimal

from hypothesis import assume, example, given
from hypothesis import strategies as st

from service.commands.parsing import amount_answer, parse
from service.commands.parsing.aliases import COURTESY_BEFORE, FIRST_WORDS, PAYMENT_LEADS, PAYMENT_VERBS
from service.commands.parsing.amounts import starts_amount
from service.commands.parsing.normalise import MAX_CHARS, clean, read_words, word_set
from service.commands.parsing.recipients import invoice
from service.core.commands import CommandType, Parsed

NO_WORDS = ["cancel", "no", "n", "nope", "nah", "stop", "abort", "reject", "decline", "don't", "do not", "never mind"]
WORDS = st.sampled_from(
    sorted(
        word_set(
            "send pay give owe to for from 5 -5 1,500 $10 five hundred a and bob @bob user@x.com +18765551234 876 "
            "lnbc1qqq yes no cancel confirm ok please dollars sats my me the it link balance price history contacts "
            "add username help can you voice tell i want don't invoice receive 🙏 ! ½ - ( all half bitcoin 123456"
        )
    )
)
SENTENCES = st.lists(WORDS, max_size=12).map(" ".join)
TEXTS = st.one_of(st.text(), SENTENCES)
AMOUNTS = st.decimals(min_value=0, max_value=10**9, places=2, allow_nan=False, allow_infinity=False)
OPENERS = (
    {verb for verb, word in FIRST_WORDS.items() if word in PAYMENT_VERBS}
    | {lead[0] for lead in PAYMENT_LEADS}
    | COURTESY_BEFORE
    | {"i", "audio", "speak", "say", "tell", "all", "everything", "half", "max"}
)


def is_send(parsed: Parsed) -> bool:
    return parsed.type is CommandType.SEND


@given(text=st.one_of(TEXTS, st.text(st.characters(categories=["Cs", "Cf", "Mn", "Me", "No", "So", "L", "Zs"]))))
@example(text="\ud800")
@example(text="\u0301" * 5000)
@example(text="send " + "5 " * 3000)
def test_any_text_gives_a_known_type_and_string_arguments(text: str) -> None:
    for parsed in (parse(text), parse(text, voice=True)):
        assert parsed.type in CommandType
        assert all(isinstance(part, str) and part for pair in parsed.args.items() for part in pair)
    answer = amount_answer(text)
    assert answer is None or Decimal(answer) >= 0


@given(text=st.text(st.characters(), max_size=200).map(lambda text: text * 30))
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert len(cleaned) <= MAX_CHARS


@given(text=TEXTS)
def test_cleaning_changes_no_reading(text: str) -> None:
    assert parse(clean(text)) == parse(text)


@given(amount=AMOUNTS, form=st.sampled_from(["send {} to bob", "send ${} to @bob", "pay bob {}", "{} dollars to bob"]))
def test_amount_with_separators_is_the_number_typed(amount: Decimal, form: str) -> None:
    parsed = parse(form.format(f"{amount:,}"))
    assert is_send(parsed)
    assert Decimal(parsed.args["amount"]) == amount


@given(digits=st.text("0123456789.,", min_size=1, max_size=9))
def test_a_readable_amount_has_the_digits_typed(digits: str) -> None:
    amount = parse(f"send {digits} to bob").args.get("amount", "")
    if amount.replace(".", "", 1).isdigit():
        whole, _, fraction = digits.rstrip(".,").replace(",", "").partition(".")
        assert Decimal(amount) == Decimal(f"{whole or 0}.{fraction or 0}")


@given(amount=st.decimals(min_value=Decimal("0.01"), max_value=10**6, places=2))
def test_negative_amount_is_never_positive(amount: Decimal) -> None:
    assert parse(f"send -{amount} to bob").args["amount"].startswith("-")


@given(text=TEXTS)
def test_no_text_is_a_payment_by_chance(text: str) -> None:
    heard = read_words(text)
    assume(heard.tokens)
    opens = heard.first in OPENERS or starts_amount(heard.tokens) or invoice(heard.tokens[0].bare)
    assert opens or not is_send(parse(text))


@given(no=st.sampled_from(NO_WORDS), rest=TEXTS)
def test_what_starts_with_no_never_pays(no: str, rest: str) -> None:
    assert parse(f"{no} {rest}").type not in {CommandType.SEND, CommandType.CONFIRM}


@given(before=SENTENCES, more=st.sampled_from(["5", "-5", "$10", "no", "cancel", "to", "bob", "from"]), after=SENTENCES)
def test_a_yes_that_says_more_than_yes_is_no_confirmation(before: str, more: str, after: str) -> None:
    assert parse(f"yes {before} {more} {after}").type is not CommandType.CONFIRM


@given(text=SENTENCES)
def test_a_payment_names_at_most_one_recipient(text: str) -> None:
    recipients = {"username", "phoneNumber", "paymentRequest", "recipient"}
    assert len(recipients & parse(text).args.keys() if is_send(parse(text)) else ()) <= 1
