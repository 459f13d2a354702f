"""Payments as people type them, and what must never be taken for one."""

import pytest

from service.commands.parsing import parse
from service.core.commands import CommandType, Parsed

INVOICE = "lnbc20m1pvjluezpp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqf"


def sent(text: str) -> dict[str, str]:
    parsed = parse(text)
    assert parsed.type is CommandType.SEND
    return parsed.args


def to(recipient: str, amount: str | None = None, memo: str | None = None) -> dict[str, str]:
    given = {"recipient": recipient, "amount": amount, "memo": memo}
    return {name: value for name, value in given.items() if value is not None}


def to_user(username: str, amount: str | None = None, memo: str | None = None) -> dict[str, str]:
    args = to(username, amount, memo)
    return {"username": args.pop("recipient"), **args}


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("send 5 to bob", to("bob", "5")),
        ("SEND 5 TO BOB", to("BOB", "5")),
        ("/send 5 to bob", to("bob", "5")),
        ("Send: 5 to Bob, thanks!", to("Bob", "5")),
        ("please send 5 to bob please", to("bob", "5")),
        ("hi, send 5 to bob", to("bob", "5")),
        ("send\n5\tto\u00a0bob", to("bob", "5")),
        ("send 💸 5 to bob 🙏", to("bob", "5")),
        ("send 5 bob", to("bob", "5")),
        ("send bob 5", to("bob", "5")),
        ("send to bob 5", to("bob", "5")),
        ("send money to bob", to("bob")),
        ("send bitcoin to bob", to("bob")),
        ("send it to bob", to("bob")),
        ("send a payment of 5 to bob", to("bob", "5")),
        ("send another 5 to bob", to("bob", "5")),
        ("send 5 to my mom", to("mom", "5")),
        ("send 5 to 2pac", to("2pac", "5")),
        ("send 5 to O'Brien", to("O'Brien", "5")),
        ("send 5 to José", to("José", "5")),
        ("send 5 to Ольга", to("Ольга", "5")),
        ("send 5 to agent47", to("agent47", "5")),
        ("send 5 to 5551234", to("5551234", "5")),
        ("send", {}),
        ("send money", {}),
        ("send 5", {"amount": "5"}),
        ("send 5 to", {"amount": "5"}),
        ("send 5 for lunch", {"amount": "5", "memo": "lunch"}),
        ("send 5 to him", {"amount": "5"}),
        ("send 5 to for lunch", {"amount": "5", "memo": "lunch"}),
        ("send bob", to("bob")),
        ("send to bob", to("bob")),
        ("pay 5 to bob", to("bob", "5")),
        ("pay bob 5", to("bob", "5")),
        ("give bob 5", to("bob", "5")),
        ("give 5 to bob", to("bob", "5")),
        ("i owe bob 5", to("bob", "5")),
        ("owe 5 to bob", to("bob", "5")),
        ("transfer 5 to bob", to("bob", "5")),
        ("wire 5 to bob", to("bob", "5")),
        ("zap bob 5", to("bob", "5")),
        ("snd 5 to bob", to("bob", "5")),
        ("sned 5 to bob", to("bob", "5")),
        ("sent 5 to bob", to("bob", "5")),
        ("I want to send 5 to bob", to("bob", "5")),
        ("i'd like to pay bob 5", to("bob", "5")),
        ("I’d like to pay bob 5", to("bob", "5")),  # noqa: RUF001 - the apostrophe of a phone
        ("let me pay bob 5", to("bob", "5")),
        ("ok send 5 to bob", to("bob", "5")),
    ],
)
def test_payment_by_name(text: str, args: dict[str, str]) -> None:
    assert sent(text) == args


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("send @bob", to_user("bob")),
        ("send @bob 5", to_user("bob", "5")),
        ("send 5 @bob", to_user("bob", "5")),
        ("send 5 to @bob", to_user("bob", "5")),
        ("Send 5 To @Bob_2!", to_user("Bob_2", "5")),
        ("pay @bob", to_user("bob")),
        ("pay @bob five bucks", to_user("bob", "5")),
        ("$10 to @bob", to_user("bob", "10")),
        ("$10 @bob", to_user("bob", "10")),
        ("five to @bob", to_user("bob", "5")),
        ("a hundred to @bob", to_user("bob", "100")),
        ("100 sats to @bob", to_user("bob", "100 sats")),
        ("send 5 to user@domain.com", to("user@domain.com", "5")),
        ("send 5 to user@domain.com.", to("user@domain.com", "5")),
        ("send user@domain.com 5", to("user@domain.com", "5")),
        ("pay user@domain.com", to("user@domain.com")),
        ("100 to user@domain.com", to("user@domain.com", "100")),
    ],
)
def test_payment_by_username_or_lightning_address(text: str, args: dict[str, str]) -> None:
    assert sent(text) == args


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("send 5 to +18765551234", {"amount": "5", "phoneNumber": "+18765551234"}),
        ("send 5 to 8765551234", {"amount": "5", "phoneNumber": "8765551234"}),
        ("send 5 to +1 876 555 1234", {"amount": "5", "phoneNumber": "+18765551234"}),
        ("send 5 to 876 555 1234", {"amount": "5", "phoneNumber": "8765551234"}),
        ("send 5 to +49 30 1234 5678 90", {"amount": "5", "phoneNumber": "+49301234567890"}),
        ("send 5 to (876) 555-1234 rent", {"amount": "5", "phoneNumber": "8765551234", "memo": "rent"}),
        ("send 5 to 8765551234, 20 for rent", {"amount": "5", "phoneNumber": "8765551234", "memo": "20 for rent"}),
        ("send 5 876-555-1234", {"amount": "5", "phoneNumber": "8765551234"}),
        ("send 5 to 876.555.1234", {"amount": "5", "phoneNumber": "8765551234"}),
        ("send +1 876 555 1234 5", {"amount": "5", "phoneNumber": "+18765551234"}),
        ("send to +1 876 555 1234 5", {"amount": "5", "phoneNumber": "+18765551234"}),
        ("send 8765551234 5", {"amount": "5", "phoneNumber": "8765551234"}),
        ("send 8765551234", {"phoneNumber": "8765551234"}),
        ("5 to 8765551234", {"amount": "5", "phoneNumber": "8765551234"}),
        ("send 12345678901 to bob", to("bob", "12345678901")),
    ],
)
def test_payment_by_phone_number(text: str, args: dict[str, str]) -> None:
    assert sent(text) == args


@pytest.mark.parametrize(
    ("text", "args"),
    [
        (INVOICE, {"paymentRequest": INVOICE}),
        (INVOICE.upper(), {"paymentRequest": INVOICE}),
        (f"lightning:{INVOICE}", {"paymentRequest": INVOICE}),
        (f"LIGHTNING:{INVOICE.upper()}", {"paymentRequest": INVOICE}),
        (f"{INVOICE} please", {"paymentRequest": INVOICE}),
        (f"pay {INVOICE}", {"paymentRequest": INVOICE}),
        (f"send {INVOICE}", {"paymentRequest": INVOICE}),
        (f"pay this invoice: {INVOICE}", {"paymentRequest": INVOICE}),
        (f"send 5 to {INVOICE}", {"amount": "5", "paymentRequest": INVOICE}),
        (f"pay {INVOICE} for coffee", {"paymentRequest": INVOICE, "memo": "coffee"}),
        ("pay lntb1qqq", {"paymentRequest": "lntb1qqq"}),
        ("pay lnbcrt500u1qqq", {"paymentRequest": "lnbcrt500u1qqq"}),
    ],
)
def test_payment_of_an_invoice(text: str, args: dict[str, str]) -> None:
    assert sent(text) == args


@pytest.mark.parametrize(
    ("text", "memo"),
    [
        ("send 5 to bob lunch money", "lunch money"),
        ("send 5 to bob for lunch", "lunch"),
        ("send bob 5 for Lunch At Joe's", "Lunch At Joe's"),
        ("send 5 to bob - lunch", "lunch"),
        ("send 5 to bob: lunch", "lunch"),
        ("send 5 to bob memo lunch", "lunch"),
        ("send 5 to bob note: thanks a lot", "thanks a lot"),
        ("send 5 to bob lunch 🍔", "lunch 🍔"),
        ("send 5 to bob -5 for tax", "-5 for tax"),
        ("send 5 to bob and 10 to eve", "and 10 to eve"),
        ("give bob five bucks for gas", "gas"),
    ],
)
def test_memo_is_the_rest_of_the_text(text: str, memo: str) -> None:
    assert sent(text) == to("bob", "5", memo)


@pytest.mark.parametrize(
    "text",
    [
        # about money, but for the writer, or a tale
        "request 5 from bob",
        "bob owes me 5",
        "bob needs 5",
        "send me 5",
        "give me 5 dollars",
        "send 5 to me",
        "pay me back 5",
        "send 5 from bob",
        "ask bob for 5",
        "charge bob 5",
        "get 5 from bob",
        "i need 5 from bob",
        "request payment from bob",
        "collect 5 from bob",
        "send invoice to bob",
        "send request to bob",
        "i sent 5 to bob yesterday",
        # numbers in ordinary sentences
        "10 for lunch",
        "meeting 3 to 5",
        "3 to 5",
        "5 to go",
        "$5 to go",
        "five to nine",
        "two to tango",
        "10 to 12pm",
        "10 minutes to go",
        "5 dollars to spare",
        "2024 to 2025",
        "money to bob 5",
        "here is lnbc1qqq",
        # verbs that mean other things
        "pay attention",
        "give up",
        "give 5 stars",
        "wire fraud is bad",
        "sender",
        "send5 to bob",
        "sending 5 to bob",
        "sand 5 to bob",
        "sed 5 to bob",
        # the old bot's lists of waiting payments
        "pay",
        "pay 1",
        "pay 2 all",
        "pay list",
        "pay all",
        "pay bob",
        "pay confirm all",
        # two amounts at once
        "send bob 5 to 10",
        "send @bob 5 to 10",
        "send bob 5 @alice",
        "send bob 5 to alice",
        "send about 5 to bob",
        "send no",
        "send yes",
    ],
)
def test_what_is_no_payment_is_unknown(text: str) -> None:
    assert parse(text) == Parsed(CommandType.UNKNOWN)


@pytest.mark.parametrize("text", ["can you send 5 to bob", "could you please pay @bob 5", "help me send 5 to agent47"])
def test_asking_whether_one_can_send_is_a_question(text: str) -> None:
    assert parse(text) == Parsed(CommandType.HELP, {"category": "send", "isQuestion": "true", "originalQuestion": text})
