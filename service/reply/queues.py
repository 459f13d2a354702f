"""What waits to be sent: one queue for each user, so that replies to one user never overtake each other."""

from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator

from service.core.messages import Document, OutboxItem

__all__ = ["Queue", "Queues"]

_REMEMBERED = 2_000


class Queue:
    """One user's replies, in order."""

    def __init__(self) -> None:
        self.items: deque[OutboxItem] = deque()
        self.not_before_s = 0.0
        """On the monotonic clock: when the first item may be tried again."""
        self.is_draining = False

    @property
    def begins_with_document(self) -> bool:
        """Whether what is next may take minutes."""
        return bool(self.items) and isinstance(self.items[0].message, Document)

    def done(self) -> None:
        """The first item is dealt with."""
        self.items.popleft()
        self.not_before_s = 0.0


class Queues:
    """The queues by user. An item is taken once, however often it is added.

    That holds for a while after it was dealt with, too: who saw it in the outbox before may come with it late.
    """

    def __init__(self) -> None:
        self._by_user: dict[str, Queue] = {}
        self._known: set[str] = set()
        self._forgotten: OrderedDict[str, None] = OrderedDict()

    def add(self, items: Iterable[OutboxItem]) -> list[str]:
        """Queues the items that are not known yet. Gives the users of all of them, in order, once each."""
        users: dict[str, None] = {}
        for item in items:
            users[item.to] = None
            if item.id not in self._known and item.id not in self._forgotten:
                self._known.add(item.id)
                self._by_user.setdefault(item.to, Queue()).items.append(item)
        return list(users)

    def get(self, user: str) -> Queue | None:
        """The user's queue while there is something in it."""
        return self._by_user.get(user)

    def begins_with_document(self, user: str) -> bool:
        """Whether what is next for the user may take minutes."""
        queue = self._by_user.get(user)
        return queue is not None and queue.begins_with_document

    def forget(self, items: Iterable[OutboxItem]) -> None:
        """The items are dealt with, and the outbox does not have them any more."""
        for item in items:
            self._known.discard(item.id)
            self._forgotten[item.id] = None
        while len(self._forgotten) > _REMEMBERED:
            self._forgotten.popitem(last=False)

    def prune(self, user: str) -> None:
        """Drops the user's queue when nothing is in it."""
        queue = self._by_user.get(user)
        if queue is not None and not queue.items:
            del self._by_user[user]

    def due(self, now_s: float) -> Iterator[str]:
        """The users with something that may be sent now, or is being sent."""
        for user, queue in list(self._by_user.items()):
            if queue.items and queue.not_before_s <= now_s:
                yield user

    def __len__(self) -> int:
        """How many items wait."""
        return sum(len(queue.items) for queue in self._by_user.values())
