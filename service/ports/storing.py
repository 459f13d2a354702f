"""The systems of record, but for payments."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from service.core.experiments import Arm, Experiment, Record
from service.core.messages import Accepted, Entry, Incoming, OutboxItem, Outgoing
from service.core.queries import Account
from service.core.sessions import Contact, Conversation, Heard, Linking, Session
from service.core.switches import FlagChange, FlagState

__all__ = ["Contacts", "ExperimentStore", "FlagStore", "Inbox", "Outbox", "Sessions"]


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

    async def add(self, item: OutboxItem) -> bool:
        """Queues a message that answers nobody, once: whether it was this call that did, or an earlier try of it."""

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

    async def find_by_user(self, user: str) -> Session | None:
        """The session of a user, without a push for its expiry."""

    async def find_by_wallet(self, wallet_id: str) -> Heard | None:
        """The linked user with this wallet, and how long ago they last wrote; does not count as a word of theirs."""

    async def find_account(self, account_id: str) -> Account | None:
        """The account with the token it was linked with; None when nobody is linked to it."""


class Contacts(Protocol):
    """Saved names, by user."""

    async def all(self, user: str) -> list[Contact]: ...

    async def find(self, user: str, name: str) -> Contact | None: ...

    async def save(self, user: str, contact: Contact) -> None: ...

    async def remove(self, user: str, name: str) -> bool: ...


class FlagStore(Protocol):
    """The switches that operators set, shared by all instances, and who set them when."""

    async def read(self) -> Mapping[str, FlagState]: ...

    async def write(self, change: FlagChange) -> None: ...

    async def history(self, limit: int) -> list[FlagChange]:
        """Newest first."""


class ExperimentStore(Protocol):
    """Experiments on live traffic, shared by all instances."""

    async def all(self) -> list[Experiment]:
        """The oldest first, running or not."""

    async def running(self) -> list[Experiment]:
        """In the order of their names."""

    async def begin(self, plan: Experiment) -> None:
        """Starts it. Raises PulseError where one runs on that switch, or had that name."""

    async def finish(self, plan: Experiment) -> bool:
        """Ends it as the plan says; False where it has ended in another way before."""

    async def publish(self, name: str, instance: str, record: Record, exposed: Mapping[Arm, Sequence[bytes]]) -> bool:
        """Replaces what this instance has measured, and adds exposed users; False where there is no room."""

    async def figures(self, name: str) -> tuple[dict[Arm, int], list[Record]]:
        """Distinct users who were exposed to each arm, and the records of all instances."""
