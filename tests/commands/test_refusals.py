"""Every rule, and that a refusal costs Flash nothing."""

import msgspec
import pytest

from service.core.commands import CommandType
from service.core.payments import PaymentState
from service.core.results import (
    AlreadyLinked,
    CodeRefused,
    LateCommand,
    PaymentProposed,
    Problem,
    RecipientUnknown,
    Result,
    UsernameShown,
)
from service.core.sessions import MAX_CODE_ATTEMPTS, Linking
from tests.commands.fakes import NOW_S, invoice
from tests.commands.kit import World

FIXED = invoice(amount_msat=50_000_000)
OPEN = invoice(amount_msat=None)
DEAD = invoice(amount_msat=50_000_000, expiry_s=0)
SEND = CommandType.SEND
RECEIVE = CommandType.RECEIVE
CONTACTS = CommandType.CONTACTS
USERNAME = CommandType.USERNAME
VERIFY = CommandType.VERIFY

TO_BOB = {"amount": "5", "username": "bob"}
REFUSED = [
    (SEND, {"amount": "5"}, "recipient-missing"),
    (SEND, {**TO_BOB, "phoneNumber": "+18765550002"}, "recipient-unclear"),
    (SEND, {"amount": "5", "recipient": "bob@example.com"}, "lightning-address"),
    (SEND, {"username": "bob"}, "amount-missing"),
    (SEND, {**TO_BOB, "amount": "five-ish"}, "amount-unreadable"),
    (SEND, {**TO_BOB, "amount": "5.001"}, "amount-unreadable"),
    (SEND, {**TO_BOB, "amount": "1e3"}, "amount-unreadable"),
    (SEND, {**TO_BOB, "amount": "-5"}, "amount-not-positive"),
    (SEND, {**TO_BOB, "amount": "0.00"}, "amount-not-positive"),
    (SEND, {**TO_BOB, "amount": "10000.01"}, "amount-too-large"),
    (SEND, {**TO_BOB, "memo": "a" * 201}, "memo-too-long"),
    (SEND, {**TO_BOB, "memo": "\U0001f600" * 160}, "memo-too-long"),
    (SEND, {"amount": "5", "phoneNumber": "123"}, "phone-form"),
    (SEND, {"amount": "5", "username": "Ann"}, "cant-pay-self"),
    (SEND, {"amount": "5", "phoneNumber": "+1 876 555 0001"}, "cant-pay-self"),
    (SEND, {"paymentRequest": FIXED[:-1] + "q"}, "invoice-unreadable"),
    (SEND, {"paymentRequest": DEAD}, "invoice-expired"),
    (SEND, {"paymentRequest": OPEN}, "invoice-needs-amount"),
    (CommandType.CONFIRM, {"amount": "1.234"}, "amount-unreadable"),
    (CommandType.CONFIRM, {"amount": "0"}, "amount-not-positive"),
    (CommandType.CONFIRM, {"amount": "20000"}, "amount-too-large"),
    (RECEIVE, {"amount": "x"}, "amount-unreadable"),
    (RECEIVE, {"amount": "-1"}, "amount-not-positive"),
    (RECEIVE, {"amount": "10001"}, "amount-too-large"),
    (RECEIVE, {"memo": "a" * 201}, "memo-too-long"),
    (CommandType.PRICE, {"currency": "DOGE"}, "currency-unknown"),
    (CommandType.PRICE, {"currency": "E1R"}, "currency-unknown"),
    (USERNAME, {"username": "al"}, "username-form"),
    (USERNAME, {"username": "7up"}, "username-form"),
    (USERNAME, {"username": "bc1qxyz"}, "username-form"),
    (USERNAME, {"username": "lnbc1abc"}, "username-form"),
    (USERNAME, {"username": "a" * 51}, "username-form"),
    (USERNAME, {"username": "zoë_b"}, "username-form"),
    (USERNAME, {"username": "someone_else"}, "username-fixed"),
    (CONTACTS, {"action": "history"}, "contact-action"),
    (CONTACTS, {"action": "add", "phoneNumber": "+18765550002"}, "contact-name-missing"),
    (CONTACTS, {"action": "add", "name": "12", "phoneNumber": "+18765550002"}, "contact-name-form"),
    (CONTACTS, {"action": "add", "name": "Mary Ann", "phoneNumber": "+18765550002"}, "contact-name-form"),
    (CONTACTS, {"action": "remove", "name": "b" * 31}, "contact-name-form"),
    (CONTACTS, {"action": "add", "name": "bob"}, "contact-phone-missing"),
    (CONTACTS, {"action": "add", "name": "bob", "phoneNumber": "99"}, "phone-form"),
]


@pytest.mark.parametrize(("kind", "args", "rule"), REFUSED)
def test_a_broken_rule_is_named_and_flash_is_not_asked(kind: CommandType, args: dict[str, str], rule: str) -> None:
    world = World()
    result = world.ask(kind, args)
    assert isinstance(result, Problem)
    assert (result.rule, world.upstream_calls, world.journal) == (rule, 0, [])


LINKED_ONLY = sorted(set(CommandType) - {"help", "link", "verify", "price", "unknown"})


@pytest.mark.parametrize("kind", LINKED_ONLY)
def test_commands_about_an_account_need_one(kind: CommandType) -> None:
    world = World()
    assert world.ask(kind, dict(TO_BOB), user="stranger") == Problem("not-linked")
    assert world.upstream_calls == 0


OTHER: list[tuple[CommandType, dict[str, str], Result]] = [
    (CommandType.LINK, {}, AlreadyLinked("ann")),
    (VERIFY, {"otp": "123456"}, AlreadyLinked("ann")),
    (SEND, {"amount": "5", "username": "a-b"}, RecipientUnknown("@a-b", "username")),
    (USERNAME, {"username": "ANN"}, UsernameShown("ann")),
]


@pytest.mark.parametrize(("kind", "args", "expected"), OTHER)
def test_some_rules_answer_without_a_problem(kind: CommandType, args: dict[str, str], expected: Result) -> None:
    world = World()
    assert (world.ask(kind, args), world.upstream_calls) == (expected, 0)


@pytest.mark.parametrize("code", ["", "12345", "1234567", "12345a", "１２３４５６"])  # noqa: RUF001 - not ASCII digits
def test_a_code_has_six_digits(code: str) -> None:
    world = World()
    world.sessions.linking["new"] = Linking("+18765550009", NOW_S)
    assert world.ask(VERIFY, {"otp": code}, user="new") == Problem("code-form")
    assert world.upstream_calls == 0


def test_a_code_that_was_not_asked_for_is_not_tried() -> None:
    world = World()
    assert world.ask(VERIFY, {"otp": "123456"}, user="new") == Problem("no-code-asked")
    assert world.upstream_calls == 0


def test_after_too_many_wrong_codes_none_is_tried() -> None:
    world = World()
    world.sessions.linking["new"] = Linking("+18765550009", NOW_S, attempts=MAX_CODE_ATTEMPTS)
    assert world.ask(VERIFY, {"otp": "123456"}, user="new") == CodeRefused(0)
    assert world.upstream_calls == 0


def test_linking_needs_a_phone_number() -> None:
    world = World()
    assert world.ask(CommandType.LINK, user="new", phone=None) == Problem("need-phone")
    assert world.upstream_calls == 0


def test_a_second_code_is_not_sent_within_a_minute() -> None:
    world = World()
    world.sessions.linking["new"] = Linking("+18765550001", NOW_S - 59)
    assert world.ask(CommandType.LINK, user="new") == Problem("code-just-sent")
    assert world.upstream_calls == 0


@pytest.mark.parametrize("state", PaymentState)
def test_an_order_that_a_later_one_has_overtaken_proposes_nothing(state: PaymentState) -> None:
    """Or the next answer, which is to the later question, would be taken for one to this."""
    world = World()
    world.ask(SEND, TO_BOB, sent_at_s=NOW_S - 5)
    world.payments.put(msgspec.structs.replace(world.latest, state=state))
    later = world.latest
    assert world.ask(SEND, TO_BOB, sent_at_s=NOW_S - 6) == LateCommand()
    assert world.latest == later


def test_an_order_of_the_same_second_comes_after_the_one_before() -> None:
    world = World()
    world.ask(SEND, TO_BOB, sent_at_s=NOW_S - 5)
    first = world.latest
    assert isinstance(world.ask(SEND, TO_BOB, sent_at_s=NOW_S - 5), PaymentProposed)
    assert world.latest != first


def test_a_payment_order_that_was_held_back_for_long_is_not_carried_out() -> None:
    world = World()
    assert world.ask(SEND, TO_BOB, sent_at_s=NOW_S - 601) == LateCommand()
    assert world.upstream_calls == 0


def test_the_first_broken_rule_wins() -> None:
    world = World()
    assert world.ask(SEND, {"amount": "-1", "recipient": "a@b.c", "memo": "x" * 300}) == Problem(
        "lightning-address", {"address": "a@b.c"}
    )


def test_memos_are_measured_as_they_are_sent() -> None:
    world = World()
    world.ask(SEND, {**TO_BOB, "memo": " lunch\u200b\n" * 28})
    assert world.latest.memo == " ".join(["lunch"] * 28)
