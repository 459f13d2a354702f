"""Every key of the store, in two halves that share no prefix: systems of record, and what may be lost at any time.

Nothing that caches writes outside the second half; `is_disposable` is what it asks.
"""

import unicodedata

__all__ = [
    "CACHE_PREFIXES",
    "DISPOSABLE",
    "EVENTS",
    "EXPERIMENTS",
    "EXPERIMENTS_RUNNING",
    "FLAGS",
    "FLAGS_HISTORY",
    "INBOX",
    "OUTBOX",
    "OUTBOX_ORDER",
    "PAYMENTS_DUE",
    "PAYMENTS_HUMAN",
    "RECORDS",
    "REQUESTS",
    "STATS_INSTANCES",
    "USAGE",
    "account",
    "alias",
    "answer",
    "appended",
    "asked",
    "claim",
    "contact_field",
    "contacts",
    "experiment_instances",
    "experiment_record",
    "experiment_users",
    "generation",
    "is_cache",
    "linking",
    "moved",
    "open_payment",
    "payment",
    "phone",
    "session",
    "stats",
    "taken",
    "told",
    "wallet",
]

# Systems of record
INBOX = "inbox"  # stream: messages that were accepted and not answered
OUTBOX = "outbox"  # hash: replies that WhatsApp has not taken, by item id
OUTBOX_ORDER = "outbox:order"  # sorted set: their ids, oldest first
PAYMENTS_DUE = "payments:due"  # sorted set: payments that are not decided, by when to look at them
PAYMENTS_HUMAN = "payments:human"  # set: payments that a person has to look at
EVENTS = "events"  # stream: what happened, for listeners in any instance
FLAGS = "flags"  # hash: share of users in percent, by switch
FLAGS_HISTORY = "flags:history"  # list: the last changes, newest first
EXPERIMENTS = "experiments"  # hash: plans of experiments, by name
EXPERIMENTS_RUNNING = "experiments:running"  # hash: the name of the experiment that runs on a switch, by switch

RECORDS = (
    "session:",
    "linking:",
    "alias:",
    "phone:",
    "account:",
    "contacts:",
    "payment:",
    "payments:",
    "moved:",
    "open:",
    "told:",
    "wallet:",
    EVENTS,
    "claim:",
    INBOX,
    OUTBOX,
    FLAGS,
    "experiment:",
    EXPERIMENTS,
)
"""What the names of systems of record begin with."""

# What may be lost at any time
USAGE = "usage"  # sorted set: how often each read was asked for
STATS_INSTANCES = "stats:instances"  # set: instances that have published figures
REQUESTS = "control:requests"  # list: what operators ask of a running service

CACHE_PREFIXES = ("cache:", "site:")
"""What a cache entry's name begins with: entries of the cache manager, and those of single call sites."""

DISPOSABLE = (*CACHE_PREFIXES, "generation:", USAGE, "stats:", "control:")
"""What the names of everything that may be lost begin with."""


def session(user: str) -> str:
    """String: the sealed session of a linked user."""
    return f"session:{user}"


def linking(user: str) -> str:
    """String: a code was sent to this user's phone."""
    return f"linking:{user}"


def alias(identity: str) -> str:
    """String: the canonical user id of a WhatsApp identity; a phone number counts without its +."""
    return f"alias:{identity.removeprefix('+')}"


def phone(number: str) -> str:
    """String: the canonical user id of the linked user with this number (E.164)."""
    return f"phone:{number}"


def account(account_id: str) -> str:
    """String: the canonical user id of the user who linked this Flash account last."""
    return f"account:{account_id}"


def wallet(wallet_id: str) -> str:
    """String: the canonical user id of the linked user with this wallet."""
    return f"wallet:{wallet_id}"


def told(item_id: str) -> str:
    """String: who has put this item into the outbox, which takes it once."""
    return f"told:{item_id}"


def appended(token: str) -> str:
    """String: what an addition to the log of events has done."""
    return f"events:appended:{token}"


def claim(message_id: str) -> str:
    """String: who accepted this message, and as which inbox entry."""
    return f"claim:{message_id}"


def contacts(user: str) -> str:
    """Hash: saved contacts, by `contact_field`."""
    return f"contacts:{user}"


def contact_field(name: str) -> str:
    """A contact's name as it is looked up: however it is typed, composed and capitalised."""
    return unicodedata.normalize("NFKC", name).casefold().strip()


def payment(payment_id: str) -> str:
    """Hash: a payment's state, body, revision, and the token of the last change."""
    return f"payment:{payment_id}"


def moved(account_id: str) -> str:
    """Hash: what an account has moved in the last days, cents and time by payment."""
    return f"moved:{account_id}"


def open_payment(user: str) -> str:
    """String: the id of the user's latest proposal."""
    return f"open:{user}"


def experiment_record(name: str, instance: str) -> str:
    """String: what an instance has measured in this experiment."""
    return f"experiment:record:{name}:{instance}"


def experiment_instances(name: str) -> str:
    """Set: the instances that have measured in this experiment."""
    return f"experiment:instances:{name}"


def experiment_users(name: str, arm: str) -> str:
    """Set: hashes of the users who were exposed to this arm of the experiment."""
    return f"experiment:users:{name}:{arm}"


def generation(owner: str) -> str:
    """String: a number that changes whenever what is cached for this owner becomes outdated."""
    return f"generation:{owner}"


def stats(instance: str) -> str:
    """String: an instance's figures."""
    return f"stats:{instance}"


def answer(request_id: str) -> str:
    """String: what a running service answered to an operator's request."""
    return f"control:answer:{request_id}"


def asked(request_id: str) -> str:
    """String: an operator's request of this id is in the list, or has been."""
    return f"control:asked:{request_id}"


def taken(turn: str) -> str:
    """String: the request that an instance has taken in this turn of its own."""
    return f"control:taken:{turn}"


def is_cache(key: str) -> bool:
    """Whether a cache may write this key."""
    return key.startswith(CACHE_PREFIXES)
