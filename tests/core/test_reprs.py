"""Reprs end up in tracebacks: nothing secret or personal is in one."""

import pytest

from service.core.commands import CommandType, Parsed
from service.core.messages import Entry, Incoming, OutboxItem, Picture, Voice
from service.core.payments import Payment, Target
from service.core.queries import Account, InvoiceMade, Profile, Query
from service.core.requests import Request
from service.core.results import InvoiceCreated
from service.core.sessions import Contact, Conversation, Linking, Session
from service.sandbox.config import SandboxConfig
from service.settings import Settings
from tests import canaries

PHONE, TOKEN, INVOICE, MEMO = "+18765550101", canaries.SESSION_TOKEN, canaries.INVOICE, canaries.MEMO
TARGET = Target("invoice", f"{INVOICE[:12]}...", INVOICE, "hash")
PAYMENT = Payment("p1", "u1", "a1", "w1", TARGET, 500, MEMO, 0.0)
INCOMING = Incoming("wamid.1", PHONE[1:], PHONE, "text", f"verify {canaries.LINKING_CODE}", 0, 0.0, name=MEMO)
SESSION = Session("u1", PHONE, "a1", None, TOKEN, 0.0)
CONVERSATION = Conversation(SESSION, Linking(PHONE, 0.0), PAYMENT)
SETTINGS = Settings(
    whatsapp_app_secret=canaries.APP_SECRET,
    whatsapp_verify_token=canaries.VERIFY_TOKEN,
    whatsapp_access_token=canaries.ACCESS_TOKEN,
    flash_api_key=canaries.FLASH_KEY,
    pulse_encryption_key=canaries.ENCRYPTION_KEY,
)
FACTS = [
    Parsed(CommandType.VERIFY, {"code": canaries.LINKING_CODE}),
    INCOMING,
    Entry("1-0", "u1", INCOMING),
    Picture(INVOICE, MEMO),
    Voice(MEMO),
    OutboxItem("1-0:00", PHONE, Picture(INVOICE, MEMO), "wamid.1"),
    SESSION,
    CONVERSATION,
    Contact("Mum", PHONE),
    Account("a1", TOKEN),
    Query("balance", account=Account("a1", TOKEN)),  # type: ignore[arg-type]  # a StrEnum's value
    Profile("a1", None, PHONE, "USD", "w1"),
    InvoiceMade(INVOICE, "hash"),
    PAYMENT,
    Request(INCOMING, "u1", Parsed(CommandType.SEND, {"recipient": PHONE, "memo": MEMO}), CONVERSATION, 0.0),
    InvoiceCreated(INVOICE, None, MEMO, 60),
    SETTINGS,
    SandboxConfig(canaries.APP_SECRET, canaries.VERIFY_TOKEN, canaries.ACCESS_TOKEN, "1", canaries.FLASH_KEY),
]


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: type(fact).__name__)
def test_a_repr_shows_nothing_secret_or_personal(fact: object) -> None:
    assert canaries.found_in(repr([fact])) == []
    assert canaries.LINKING_CODE not in repr(fact)


def test_a_repr_still_says_what_it_is_of() -> None:
    assert repr(PAYMENT).startswith("Payment(id='p1', user='u1', state=<PaymentState.PROPOSED: 'proposed'>, target=")
    assert repr(INCOMING) == "Incoming(id='wamid.1', kind='text', ...)"
