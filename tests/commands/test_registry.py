"""What the registry makes of handlers and of the ways in which Flash fails."""

import pytest

from service.commands.help import HelpCommand
from service.commands.registry import Registry
from service.core.commands import CommandType
from service.core.errors import (
    CircuitOpen,
    NotAuthenticated,
    StoreUnavailable,
    UpstreamError,
    UpstreamRefused,
    UpstreamUnavailable,
)
from service.core.results import HelpShown, Problem, Result, Trouble, UnsupportedMessage
from tests.commands.kit import World

FAILURES: list[tuple[UpstreamError, Result]] = [
    (UpstreamUnavailable("balance", "time-out"), Trouble("flash-unavailable")),
    (CircuitOpen("flash", 4.2), Trouble("flash-unavailable", 4.2)),
    (UpstreamRefused("balance", "TOO_MANY_REQUEST", ""), Trouble("flash-busy")),
    (UpstreamRefused("balance", "TOO_MANY_REQUESTS", ""), Trouble("flash-busy")),
    (UpstreamRefused("balance", "IBEX_ERROR", ""), Problem("refused", {"code": "IBEX_ERROR"})),
]


@pytest.mark.parametrize(("error", "expected"), FAILURES)
def test_what_goes_wrong_upstream_becomes_a_result(error: UpstreamError, expected: Result) -> None:
    world = World()
    world.flash.error = error
    assert world.ask(CommandType.BALANCE) == expected
    assert "ann" in world.sessions.by_user


def test_a_dead_token_ends_the_session() -> None:
    world = World()
    world.flash.error = NotAuthenticated()
    assert world.ask(CommandType.BALANCE) == Trouble("session-expired")
    assert "ann" not in world.sessions.by_user


def test_our_own_dead_token_is_no_fault_of_the_user() -> None:
    world = World()
    world.wallet.raises["send_code"] = NotAuthenticated()
    assert world.ask(CommandType.LINK, user="new") == Trouble("flash-unavailable")


@pytest.mark.parametrize("error", [StoreUnavailable("gone"), RuntimeError("a bug")])
def test_other_errors_are_not_hidden(error: Exception) -> None:
    world = World()
    world.flash.error = error
    with pytest.raises(type(error)):
        world.ask(CommandType.BALANCE)


def test_two_handlers_for_one_command_are_refused() -> None:
    with pytest.raises(ValueError, match="help"):
        Registry([HelpCommand(), HelpCommand()], sessions=World().sessions)


def test_every_command_has_a_handler() -> None:
    assert World().registry.missing == frozenset()


def test_a_registry_knows_what_it_lacks() -> None:
    registry = Registry([HelpCommand()], sessions=World().sessions)
    assert registry.missing == frozenset(CommandType) - {CommandType.HELP}


def test_help_says_whether_the_user_is_linked_and_what_was_asked() -> None:
    world = World()
    assert world.ask(CommandType.HELP, {"category": "send", "originalQuestion": "how do I pay?"}) == HelpShown(
        "send", linked=True, asked="how do I pay?"
    )
    assert world.ask(CommandType.HELP, user="stranger") == HelpShown(None, linked=False)


def test_what_is_not_understood_is_asked_of_nobody() -> None:
    world = World()
    assert world.ask(CommandType.UNKNOWN, text="la la") == Problem("not-understood", {"text": "la la"})
    assert world.upstream_calls == 0


def test_a_picture_or_a_sticker_is_not_read() -> None:
    world = World()
    assert world.ask(CommandType.UNKNOWN, unsupported=True) == UnsupportedMessage()
