"""Every command but payments and answers: typed, mistyped and asked for in a sentence."""

import pytest

from service.commands.parsing import parse
from service.core.commands import CommandType, Parsed

BARE = {
    CommandType.BALANCE: (
        "balance|Balance!|  BAL  |balance please|/balance|*balance*|balance 💰|my balance|balnce|ballance|money|funds|"
        "wallet|check my balance|check balance, please|what is my balance|What's my balance?|what’s my balance|"  # noqa: RUF001 - as phones type it
        "show me my current balance|how much do i have|how much money do I have?|how much is in my wallet|"
        "check my wallet|balance now|send me my balance|bal\u200bance"
    ),
    CommandType.REFRESH: "refresh|reload|update|sync|refesh|refresh my balance|sync balance|update the balance",
    CommandType.PRICE: (
        "price|rate|rates|btc|bitcoin|bitcoin price|BTC price?|price of bitcoin|what is the price of bitcoin|"
        "what's the bitcoin price|how much is bitcoin|how much is 1 btc|current price|exchange rate|price today"
    ),
    CommandType.LINK: (
        "link|connect|conect|lnk|setup|register|join|sign up|log in|link my account|link me|connect to flash|"
        "connect me|connect my account|link flash|link now"
    ),
    CommandType.UNLINK: (
        "unlink|disconnect|logout|signout|log out|Log out!|sign out|unlink my account|delete my account|"
        "close account|cancel my account|unlink please"
    ),
    CommandType.HISTORY: (
        "history|hist|histry|txs|tx|transactions|transaction|activity|records|my history|show my transactions|"
        "show my recent transactions|show my last transactions|payment history|transaction history|what did i send|"
        "history please|list my transactions"
    ),
    CommandType.USERNAME: (
        "username|user|name|handle|alias|my username|what is my username|who am i|set my username|change my username|"
        "user name|my lightning address"
    ),
    CommandType.RECEIVE: (
        "receive|recieve|recv|invoice|inv|qr|receive money|request money|get money|get paid|create invoice|"
        "create an invoice|make invoice|new invoice|show qr|show my qr code|payment link|receive please"
    ),
    CommandType.HELP: (
        "help|hlp|halp|HELP!!!|?|???|h|info|menu|commands|options|help me|help please|i need help|show commands"
    ),
    CommandType.VERIFY: "verify|verify 12345|verify 1234567",
}


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in BARE.items() for text in texts.split("|")])
def test_command_without_arguments(kind: CommandType, text: str) -> None:
    assert parse(text) == Parsed(kind)


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("1", {"category": "1"}),
        ("2", {"category": "2"}),
        ("3", {"category": "3"}),
        ("1️⃣", {"category": "1"}),
        ("more", {"category": "more"}),
        ("More please", {"category": "more"}),
        ("help 2", {"category": "2"}),
        ("help more", {"category": "more"}),
        ("help wallet", {"category": "wallet"}),
        ("help send", {"category": "send"}),
        ("help with sending", {"category": "send"}),
        ("help receive", {"category": "receive"}),
        ("help contacts", {"category": "contacts"}),
        ("help games", {}),
    ],
)
def test_help_page(text: str, args: dict[str, str]) -> None:
    assert parse(text) == Parsed(CommandType.HELP, args)


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("How do I send money?", "send"),
        ("how can i pay", "send"),
        ("would you pay bob 5", "send"),
        ("how to receive", "receive"),
        ("when will I get paid", "receive"),
        ("show me how to link", "wallet"),
        ("can i see my balance", "wallet"),
        ("is it possible to verify my account", "wallet"),
        ("where can I find my contacts", "contacts"),
        ("why", None),
        ("what can you do", None),
    ],
)
def test_question_gets_help(text: str, category: str | None) -> None:
    about = {} if category is None else {"category": category}
    assert parse(text) == Parsed(CommandType.HELP, {**about, "isQuestion": "true", "originalQuestion": text})


@pytest.mark.parametrize(
    "text",
    ["123456", " 123456. ", "verify 123456", "v 123456", "VERIFY 123456!", "verfy 123456", "otp 123456", "code 123456",
     "my code is 123456", "verify my code 123456"],
)  # fmt: skip
def test_verification_code(text: str) -> None:
    assert parse(text) == Parsed(CommandType.VERIFY, {"otp": "123456"})


@pytest.mark.parametrize(
    "text", ["unlink confirm", "UNLINK CONFIRM", "disconnect confirm", "unlink my account confirm"]
)
def test_confirmed_unlink(text: str) -> None:
    assert parse(text) == Parsed(CommandType.UNLINK, {"confirm": "true"})


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("price jmd", "JMD"),
        ("price in jmd", "JMD"),
        ("btc in eur", "EUR"),
        ("btc to usd", "USD"),
        ("rate eur please", "EUR"),
        ("bitcoin price in jmd?", "JMD"),
        ("what is the bitcoin price in JMD", "JMD"),
        ("how much is bitcoin in euros", "EUR"),
        ("price in xyz", "XYZ"),
    ],
)
def test_price_in_a_currency(text: str, currency: str) -> None:
    assert parse(text) == Parsed(CommandType.PRICE, {"currency": currency})


@pytest.mark.parametrize(
    ("text", "username"),
    [
        ("username bob", "bob"),
        ("username @Bob_2", "Bob_2"),
        ("set my username to bob", "bob"),
        ("change username to @bob", "bob"),
        ("username 1bob", "1bob"),
    ],
)
def test_new_username(text: str, username: str) -> None:
    assert parse(text) == Parsed(CommandType.USERNAME, {"username": username})


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("receive 10", {"amount": "10"}),
        ("receive $10 for coffee", {"amount": "10", "memo": "coffee"}),
        ("receive 10 for coffee", {"amount": "10", "memo": "coffee"}),
        ("receive 10 two coffees", {"amount": "10 two", "memo": "coffees"}),
        ("receive ten dollars for Coffee & cake", {"amount": "10", "memo": "Coffee & cake"}),
        ("receive coffee", {"memo": "coffee"}),
        ("receive for coffee", {"memo": "coffee"}),
        ("receive -5", {"amount": "-5"}),
        ("receive 1,500", {"amount": "1500"}),
        ("receive 5 sats", {"amount": "5 sats"}),
        ("receive 8765551234", {"amount": "8765551234"}),
        ("recieve 10", {"amount": "10"}),
        ("invoice 10 coffee", {"amount": "10", "memo": "coffee"}),
        ("invoice for rent", {"memo": "rent"}),
        ("qr 10", {"amount": "10"}),
        ("create an invoice for 10 dollars for coffee", {"amount": "10", "memo": "coffee"}),
        ("make invoice 20", {"amount": "20"}),
    ],
)
def test_receive(text: str, args: dict[str, str]) -> None:
    assert parse(text) == Parsed(CommandType.RECEIVE, args)


@pytest.mark.parametrize(
    ("text", "transaction_id"),
    [
        ("history #abc", "abc"),
        ("history abc123", "abc123"),
        ("tx #65f0c", "65f0c"),
        ("transaction 65f0c", "65f0c"),
        ("show me transaction #abc", "abc"),
        ("history #aB-c_1", "aB-c_1"),
    ],
)
def test_one_transaction(text: str, transaction_id: str) -> None:
    assert parse(text) == Parsed(CommandType.HISTORY, {"transactionId": transaction_id})


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("contacts", {"action": "list"}),
        ("contact", {"action": "list"}),
        ("contcts", {"action": "list"}),
        ("phonebook", {"action": "list"}),
        ("contacts list", {"action": "list"}),
        ("list my contacts", {"action": "list"}),
        ("show my contacts", {"action": "list"}),
        ("contacts add", {"action": "add"}),
        ("add a contact", {"action": "add"}),
        ("contacts add bob", {"action": "add", "name": "bob"}),
        ("contacts add bob 8765551234", {"action": "add", "name": "bob", "phoneNumber": "8765551234"}),
        ("contacts add Bob +1 876 555-1234", {"action": "add", "name": "Bob", "phoneNumber": "+18765551234"}),
        ("contacts add +18765551234 bob", {"action": "add", "name": "bob", "phoneNumber": "+18765551234"}),
        ("contacts add bob 555", {"action": "add", "name": "bob", "phoneNumber": "555"}),
        ("contacts add uncle bob 8765551234", {"action": "add", "name": "uncle bob", "phoneNumber": "8765551234"}),
        ("add contact bob 8765551234", {"action": "add", "name": "bob", "phoneNumber": "8765551234"}),
        ("save contact @bob 8765551234", {"action": "add", "name": "bob", "phoneNumber": "8765551234"}),
        ("add bob 876 555 1234 to my contacts", {"action": "add", "name": "bob", "phoneNumber": "8765551234"}),
        ("contacts remove bob", {"action": "remove", "name": "bob"}),
        ("remove contact bob", {"action": "remove", "name": "bob"}),
        ("delete bob from my contacts", {"action": "remove", "name": "bob"}),
        ("contacts remove", {"action": "remove"}),
    ],
)
def test_contacts(text: str, args: dict[str, str]) -> None:
    assert parse(text) == Parsed(CommandType.CONTACTS, args)


@pytest.mark.parametrize(
    "text",
    [
        # nothing said
        "", "   ", "!!!", "🙂", "\u200b", "\ud800", "hello", "thanks please", "please",
        # a command's name is only the beginning of the word, or of a sentence about something else
        "pricey stuff", "balanced diet", "receiver", "received 5", "linked list", "helpful", "verify me", "historyx",
        "price tag", "balance sheet", "history lesson", "history out", "wallet address", "join game", "name your price",
        "name bob", "user bob", "setup my phone", "update my app", "username is taken", "contact support",
        "contacts bob", "contacts add bob 8765551234 work", "invoice bob 5", "be careful", "connect four",
        # aliases that did harm
        "log", "logs", "value", "cost", "worth", "market", "exchange", "claim", "waiting", "remove", "rec", "collect",
        # numbers that are no code and no page
        "4", "10", "7.50", "12345", "1234567", "123 456", "-123456", "$123456", "+1",
        # commands that this bot does not have
        "request", "request 5 from bob", "pending", "pending claim ABC", "claim money", "voice on", "turn on voice",
        "stop talking", "text only", "voice status", "voice add 1 abc", "admin lockdown on", "template add rent",
        "learn", "skip", "settings", "what are my settings", "undo", "take it back", "i made a mistake", "consent yes",
        "vybz", "link group", "link ABC123", "contacts history bob", "exit support",
    ],
)  # fmt: skip
def test_unknown(text: str) -> None:
    assert parse(text) == Parsed(CommandType.UNKNOWN)
