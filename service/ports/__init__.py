"""Every seam of the bot as a Protocol. Stages know these and `core`, never each other; `app.py` joins them.

Ports with one verb are plain callables, so that an optimization is a callable around a callable, and `app.py` can
choose between the two for each message.
"""

from service.ports.common import Clock, Dice, Meter, Spawn, Together
from service.ports.documents import Compute, Pages, Paper, Papers
from service.ports.events import Announce, Delivery, EventLog, Listener
from service.ports.money import Payments, Wallet
from service.ports.reading import CacheStore, Fetch, Forget, Renew, TtlFor, UsageStore
from service.ports.storing import Contacts, ExperimentStore, FlagStore, Inbox, Outbox, Sessions
from service.ports.talking import Chat, CommandHandler, Desk, Formatter, Parser, Rule

__all__ = [
    "Announce",
    "CacheStore",
    "Chat",
    "Clock",
    "CommandHandler",
    "Compute",
    "Contacts",
    "Delivery",
    "Desk",
    "Dice",
    "EventLog",
    "ExperimentStore",
    "Fetch",
    "FlagStore",
    "Forget",
    "Formatter",
    "Inbox",
    "Listener",
    "Meter",
    "Outbox",
    "Pages",
    "Paper",
    "Papers",
    "Parser",
    "Payments",
    "Renew",
    "Rule",
    "Sessions",
    "Spawn",
    "Together",
    "TtlFor",
    "UsageStore",
    "Wallet",
]
