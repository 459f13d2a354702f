"""Every seam of the bot as a Protocol. Stages know these and `core`, never each other; `app.py` joins them.

Ports with one verb are plain callables, so that an optimization is a callable around a callable, and `app.py` can
choose between the two for each message.
"""

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any, Protocol

from service.core.commands import CommandType, Parsed
from service.core.freshness import Namespace
from service.core.messages import Accepted, Entry, Incoming, OutboxItem, Outgoing
from service.core.payments import Outcome, Payment
from service.core.queries import Account, InvoiceMade, Profile, Query, Reading
from service.core.requests import Request
from service.core.results import Result
from service.core.sessions import Contact, Conversation, Linking, Session
from service.core.switches import FlagChange, FlagState

__all__ = [
    "CacheStore",
    "Chat",
    "Clock",
    "CommandHandler",
    "Contacts",
    "Desk",
    "Dice",
    "Fetch",
    "FlagStore",
    "Forget",
    "Formatter",
    "Inbox",
    "Meter",
    "Outbox",
    "Parser",
    "Payments",
    "Rule",
    "Sessions",
    "Spawn",
    "Together",
    "TtlFor",
    "UsageStore",
    "Wallet",
]


class Clock(Protocol):
    """Time as an argument. Virtual in a bench or a test, the machine's own otherwise."""

    def now(self) -> float:
        """Unix time in seconds."""

    def monotonic(self) -> float:
        """Seconds that never jump; only differences mean anything."""

    async def sleep(self, seconds: float) -> None: ...

    def charge(self, work: str) -> None:
        """Declares that blocking CPU work of this kind was just done on the loop: only a virtual clock moves by it."""


class Dice(Protocol):
    """Chance as an argument. Seeded in a bench or a test, the operating system's otherwise."""

    def token(self, nbytes: int) -> bytes:
        """`nbytes` of unpredictable bytes."""

    def uniform(self) -> float:
        """A float in [0, 1)."""


class Meter(Protocol):
    """Where figures go. Names and labels are few and fixed; a meter never raises and never blocks."""

    def count(self, name: str, label: str = "", by: int = 1) -> None: ...

    def observe(self, name: str, value: float, label: str = "") -> None: ...


class Spawn(Protocol):
    """Starts background work, which ends with the service. An exception in it is logged and counted, and no more."""

    def __call__(self, work: Coroutine[Any, Any, None], *, name: str) -> None: ...


# --- reading from Flash

Fetch = Callable[[Query], Awaitable[Reading]]
"""Answers a read. Raises UpstreamError. Decorated by items 1.1, 1.3, 1.4 and 3.1."""

Forget = Callable[[str, frozenset[Namespace]], Awaitable[None]]
"""Forgets what is known of an account in these namespaces, in every cache and in every flight: after it returns, no
read of that account is answered with data fetched before it was called."""

TtlFor = Callable[[Namespace], float]
"""The greatest age in seconds at which data of a namespace may be served (item 1.3)."""


class Together(Protocol):
    """Carries out operations that do not depend on each other (item 1.2): in sequence, or at the same time.

    Results come in the order of the operations; of errors, the first in that order is raised, in both ways.
    """

    async def __call__(self, *operations: Callable[[], Awaitable[Any]]) -> list[Any]: ...


class CacheStore(Protocol):
    """Where caches keep their entries: its own key space, which no system of record shares."""

    async def get(self, keys: Sequence[str]) -> list[bytes | None]:
        """One value per key, None for the absent, in one round trip where the arm allows it."""

    async def set(self, key: str, value: bytes, ttl_s: float) -> None: ...

    async def set_if_generation(
        self, key: str, value: bytes, ttl_s: float, owner: str, generation: bytes | None
    ) -> bool:
        """Stores the entry unless the owner's generation has changed since it was read; whether it was stored."""

    async def bump(self, owner: str, keys: Sequence[str]) -> None:
        """Starts a new generation for the owner and deletes the keys, in one atomic step."""

    def generation_key(self, owner: str) -> str:
        """The key under which `get` reads an owner's generation."""

    async def delete(self, keys: Sequence[str]) -> None: ...


class UsageStore(Protocol):
    """How often each read was asked for, kept over restarts, so that warming starts with the most used (item 3.2)."""

    async def load(self, limit: int) -> list[tuple[str, float]]:
        """The most used (key, weight), most used first."""

    async def save(self, weights: Mapping[str, float]) -> None: ...


# --- moving money and linking


class Wallet(Protocol):
    """What changes something at Flash. Never cached, never shared, never retried by any layer."""

    async def send_code(self, phone: str) -> None:
        """Sends a code to the phone. Raises UpstreamError."""

    async def login(self, phone: str, code: str) -> str:
        """A session token. Raises UpstreamRefused with PHONE_CODE_ERROR, CODE_EXPIRED_ERROR, TOTP_REQUIRED ..."""

    async def identify(self, token: str) -> Profile:
        """Whose token this is, never from a cache. Raises UpstreamError."""

    async def is_username_free(self, username: str) -> bool:
        """Raises UpstreamError."""

    async def set_username(self, account: Account, username: str) -> None:
        """Raises UpstreamRefused with USERNAME_ERROR when it is taken or cannot be changed."""

    async def create_invoice(
        self, account: Account, wallet_id: str, amount_cents: int | None, memo: str | None
    ) -> InvoiceMade:
        """Raises UpstreamError."""

    async def pay(self, account: Account, payment: Payment) -> Outcome:
        """Sends the payment once, under its idempotency key. Never raises: what is no explicit answer is Unknown."""


# --- the store


class Inbox(Protocol):
    """The durable queue between the webhook and the workers."""

    async def accept(self, messages: Sequence[Incoming]) -> list[Accepted]:
        """Claims each message id and enqueues the new ones, atomically and repeatably; resolves canonical users.

        Raises StoreUnavailable: then nothing may be acknowledged.
        """

    async def pending(self, limit: int) -> list[Entry]:
        """The oldest unanswered entries."""


class Outbox(Protocol):
    """Replies leave through here."""

    async def finish(self, entry: Entry, replies: Sequence[Outgoing]) -> list[OutboxItem]:
        """Removes the entry from the inbox and queues its replies, in one atomic, repeatable step."""

    async def sent(self, items: Sequence[OutboxItem]) -> None:
        """Forgets items that WhatsApp took, or refused for good."""

    async def retry(self, item: OutboxItem) -> OutboxItem:
        """Keeps one failed attempt more; gives the item as it is now. One that was sent stays forgotten."""

    async def pending(self, limit: int) -> list[OutboxItem]:
        """The oldest items that have not been taken."""


class Sessions(Protocol):
    """The system of record of linked users; tokens are sealed at rest."""

    async def open(self, user: str) -> Conversation:
        """Everything a message needs, and the session's expiry pushed forward."""

    async def save(self, session: Session) -> None: ...

    async def delete(self, session: Session) -> None: ...

    async def save_linking(self, user: str, linking: Linking) -> None: ...

    async def find_by_phone(self, phone: str) -> Session | None:
        """The linked user with this verified phone number (E.164)."""

    async def find_account(self, account_id: str) -> Account | None:
        """The account with the token it was linked with; None when nobody is linked to it."""


class Contacts(Protocol):
    """Saved names, by user."""

    async def all(self, user: str) -> list[Contact]: ...

    async def find(self, user: str, name: str) -> Contact | None: ...

    async def save(self, user: str, contact: Contact) -> None: ...

    async def remove(self, user: str, name: str) -> bool: ...


class Payments(Protocol):
    """The system of record of payments. Every change is a compare-and-set, repeatable after a lost reply."""

    async def propose(self, payment: Payment, replaces: Payment | None = None) -> Payment:
        """Records a proposal and makes it the user's latest; withdraws the one it replaces if that is still open.

        When a payment of this id exists, that one is given back unchanged.
        """

    async def get(self, payment_id: str) -> Payment | None: ...

    async def move(self, before: Payment, after: Payment) -> tuple[Payment, bool]:
        """Stores `after` if the payment is still in the state of `before`.

        Gives what is stored now, and whether it was this call (or an earlier try of the same call) that put it there.
        """


class FlagStore(Protocol):
    """The switches that operators set, shared by all instances, and who set them when."""

    async def read(self) -> Mapping[str, FlagState]: ...

    async def write(self, change: FlagChange) -> None: ...

    async def history(self, limit: int) -> list[FlagChange]:
        """Newest first."""


# --- commands and replies


class Chat(Protocol):
    """WhatsApp, outward."""

    async def send(self, to: str, message: Outgoing, about: str) -> str:
        """WhatsApp's id of the message, which answers the one named `about`.

        Raises ChatError (try again) or ChatRefused (do not).
        """


Parser = Callable[[str], Parsed]

Rule = Callable[[Request], Result | None]
"""None when the rule holds, else what to tell the user."""


class CommandHandler(Protocol):
    """One command of the bot (item 2.1)."""

    @property
    def type(self) -> CommandType: ...

    @property
    def rules(self) -> Sequence[Rule]:
        """What must hold before anything is asked of the upstream (item 2.2)."""

    async def handle(self, request: Request) -> Result:
        """Carries the command out. Raises UpstreamError and StoreError; never for a payment's outcome."""


Formatter = Callable[[Result], Sequence[Outgoing]]
"""Facts to messages (item 2.3)."""

Desk = Callable[[Entry], Awaitable[Sequence[Outgoing]]]
"""Handles one message to its replies; never raises but for StoreError and cancellation."""
