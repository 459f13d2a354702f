"""The commands over the two facades that they speak with (item 4.3)."""

from service.commands.accounts import AccountFacade
from service.commands.aims import Aims
from service.commands.answer import CancelCommand, ConfirmCommand
from service.commands.balance import BalanceCommand
from service.commands.contacts import ContactsCommand
from service.commands.help import HelpCommand
from service.commands.history import HistoryCommand
from service.commands.link import LinkCommand
from service.commands.paying import Paying
from service.commands.payments import PaymentFacade
from service.commands.price import PriceCommand
from service.commands.proposing import Proposing
from service.commands.receive import ReceiveCommand
from service.commands.refresh import RefreshCommand
from service.commands.registry import Registry
from service.commands.send import SendCommand
from service.commands.statement import StatementCommand
from service.commands.unknown import UnknownCommand
from service.commands.unlink import UnlinkCommand
from service.commands.username import UsernameCommand
from service.commands.verify import VerifyCommand
from service.core.payments import DailyLimits
from service.ports import Announce, Clock, Contacts, Fetch, Forget, Payments, Renew, Sessions, Together, Wallet

__all__ = ["commands"]


def commands(
    *,
    fetch: Fetch,
    forget: Forget,
    renew: Renew,
    announce: Announce,
    together: Together,
    wallet: Wallet,
    sessions: Sessions,
    contacts: Contacts,
    payments: Payments,
    limits: DailyLimits,
    clock: Clock,
) -> Registry:
    """All commands, each given the facades that it needs and nothing else."""
    accounts = AccountFacade(
        fetch=fetch, together=together, wallet=wallet, sessions=sessions, forget=forget, announce=announce
    )
    money = PaymentFacade(
        payments=payments,
        aims=Aims(sessions=sessions, contacts=contacts),
        proposing=Proposing(accounts=accounts, payments=payments),
        paying=Paying(
            payments=payments,
            wallet=wallet,
            forget=forget,
            renew=renew,
            announce=announce,
            limits=limits,
            clock=clock,
        ),
    )
    return Registry(
        [
            HelpCommand(),
            LinkCommand(accounts=accounts),
            VerifyCommand(accounts=accounts),
            UnlinkCommand(accounts=accounts),
            BalanceCommand(accounts=accounts),
            RefreshCommand(accounts=accounts),
            PriceCommand(accounts=accounts),
            UsernameCommand(accounts=accounts),
            SendCommand(accounts=accounts, payments=money),
            ConfirmCommand(accounts=accounts, payments=money),
            CancelCommand(payments=money),
            ReceiveCommand(accounts=accounts),
            HistoryCommand(accounts=accounts),
            StatementCommand(accounts=accounts),
            ContactsCommand(contacts=contacts),
            UnknownCommand(),
        ],
        sessions=sessions,
    )
