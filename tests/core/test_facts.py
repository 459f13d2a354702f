"""Errors, requests and sessions: what they carry, and what they keep to themselves."""

import pytest

from service.core.commands import CommandType, Parsed
from service.core.errors import (
    ChatError,
    ChatRefused,
    CircuitOpen,
    ConfigError,
    NotAuthenticated,
    PulseError,
    StoreError,
    StoreUnavailable,
    UpstreamError,
    UpstreamRefused,
    UpstreamUnavailable,
)
from service.core.messages import Incoming
from service.core.requests import Request
from service.core.sessions import Conversation, Session

ANN = Session("ann", "+18765550001", "acc_ann", "ann", "token", 0.0)
MESSAGE = Incoming("wamid.1", "18765550001", "+18765550001", "text", "hi", 0, 0.0)


def request(session: Session | None) -> Request:
    return Request(MESSAGE, "ann", Parsed(CommandType.BALANCE), Conversation(session, None, None), 0.0)


@pytest.mark.parametrize(
    ("error", "parents"),
    [
        (ConfigError(), {PulseError}),
        (StoreUnavailable(), {PulseError, StoreError}),
        (UpstreamUnavailable("me", "time-out"), {PulseError, UpstreamError}),
        (CircuitOpen("flash", 4.25), {PulseError, UpstreamError}),
        (NotAuthenticated(), {PulseError, UpstreamError}),
        (UpstreamRefused("me", "NOT_FOUND", "no such user"), {PulseError, UpstreamError}),
        (ChatRefused(), {PulseError, ChatError}),
    ],
    ids=lambda x: type(x).__name__,
)
def test_every_error_is_in_its_place_in_the_tree(error: PulseError, parents: set[type]) -> None:
    branches = {PulseError, StoreError, UpstreamError, ChatError}
    assert {kind for kind in branches if isinstance(error, kind)} == parents


def test_errors_say_what_happened_and_carry_it_as_facts() -> None:
    refused, open_ = UpstreamRefused("send", "NO_FUNDS", "too little"), CircuitOpen("flash", 4.25)
    assert (str(refused), refused.code) == ("send: NO_FUNDS: too little", "NO_FUNDS")
    assert (str(open_), open_.retry_after_s) == ("circuit flash is open for another 4.2 s", 4.25)
    assert str(UpstreamUnavailable("me", "time-out")) == "me: time-out"
    assert ChatError("busy", retry_after_s=2.0).retry_after_s == 2.0


def test_a_request_of_a_linked_user_has_the_session() -> None:
    assert request(ANN).session is ANN


def test_a_request_of_a_stranger_has_none() -> None:
    with pytest.raises(LookupError):
        _ = request(None).session


def test_a_session_gives_the_account_that_reads_are_made_with() -> None:
    assert (ANN.account.id, ANN.account.token) == ("acc_ann", "token")
