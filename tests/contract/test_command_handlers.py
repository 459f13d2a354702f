"""The CommandHandler port, for every command of the bot."""

import asyncio

import pytest

from service.commands.answer import CancelCommand, ConfirmCommand
from service.commands.balance import BalanceCommand
from service.commands.contacts import ContactsCommand
from service.commands.help import HelpCommand
from service.commands.history import HistoryCommand
from service.commands.link import LinkCommand
from service.commands.pipeline import first_problem
from service.commands.price import PriceCommand
from service.commands.receive import ReceiveCommand
from service.commands.refresh import RefreshCommand
from service.commands.send import SendCommand
from service.commands.statement import StatementCommand
from service.commands.unknown import UnknownCommand
from service.commands.unlink import UnlinkCommand
from service.commands.username import UsernameCommand
from service.commands.verify import VerifyCommand
from service.core.commands import CommandType, Parsed
from service.core.messages import Incoming
from service.core.requests import Request
from service.core.results import Result
from service.ports import CommandHandler
from tests.commands.fakes import ANN, NOW_S
from tests.commands.kit import World

HANDLERS = {
    BalanceCommand,
    CancelCommand,
    ConfirmCommand,
    ContactsCommand,
    HelpCommand,
    HistoryCommand,
    LinkCommand,
    PriceCommand,
    ReceiveCommand,
    RefreshCommand,
    SendCommand,
    StatementCommand,
    UnknownCommand,
    UnlinkCommand,
    UsernameCommand,
    VerifyCommand,
}
ARGUMENTS: list[dict[str, str]] = [{}, {"amount": "x", "recipient": "", "username": "", "otp": "1", "phone": "?"}]


def handlers(world: World) -> dict[CommandType, CommandHandler]:
    return dict(world.registry._handlers)


def request(world: World, kind: CommandType, args: dict[str, str], *, linked: bool) -> Request:
    message = Incoming("wamid.1", "18765550001", None, "text", "", int(NOW_S), NOW_S)
    user = "ann" if linked else "stranger"
    return Request(message, user, Parsed(kind, args), asyncio.run(world.sessions.open(user)), NOW_S, "JM")


def test_every_command_has_one_handler_which_says_so() -> None:
    known = handlers(World())
    assert {type(handler) for handler in known.values()} == HANDLERS
    assert {kind: handler.type for kind, handler in known.items()} == {kind: kind for kind in CommandType}


@pytest.mark.parametrize("linked", [True, False])
@pytest.mark.parametrize("args", ARGUMENTS)
@pytest.mark.parametrize("kind", CommandType)
def test_rules_hold_or_say_why_and_ask_nobody(kind: CommandType, args: dict[str, str], linked: bool) -> None:
    world = World()
    problem = first_problem(handlers(world)[kind].rules, request(world, kind, args, linked=linked))
    assert problem is None or isinstance(problem, Result)
    assert world.upstream_calls == 0


@pytest.mark.parametrize("kind", CommandType)
def test_a_request_without_arguments_comes_to_a_result(kind: CommandType) -> None:
    assert isinstance(World().ask(kind), Result)
    assert isinstance(World().ask(kind, user="stranger"), Result)


def test_ann_is_linked_here() -> None:
    assert request(World(), CommandType.HELP, {}, linked=True).session == ANN
