"""What the generator is told to do, and what it says it did: facts that travel as JSON between two processes."""

import math
from collections.abc import Sequence

import msgspec

from reports.stats import percentile

__all__ = ["LATE_MS", "Lateness", "Letter", "Orders", "Outcome", "Progress", "Report", "with_missing"]

LATE_MS = 10.0
"""A generator that sends more than 1 % of its messages later than this was the bottleneck itself."""

_BUSY_SHARE = 0.95


class Letter(msgspec.Struct, frozen=True, array_like=True):
    """One delivery of a message, `at_s` seconds after the start.

    `sender` is a wa id (digits). `follows` is the message whose answer has the button that this one taps; until that
    answer has come it is sent as a text. `repeats` is a delivery of something delivered before: it has no answer of
    its own. `{invoice}` in the text is an invoice over `cents` that `payee` (a phone number) makes just before.
    """

    at_s: float
    wamid: str
    sender: str
    text: str
    follows: str | None = None
    repeats: bool = False
    payee: str | None = None
    cents: int | None = None


class Orders(msgspec.Struct, frozen=True, kw_only=True):
    """Where to send which messages, in the order of their times.

    Without `sandbox_url` nobody sees the replies: then only when a message was accepted is known. `settle_s` is how
    long to wait for answers after the last message. What is refused (503, another server error, a broken connection)
    is delivered again after `redelivery_s`, as WhatsApp does; after the last of these times it is given up. Time 0 is
    `ahead_s` after all is prepared.
    """

    webhook_url: str
    secret: str
    letters: tuple[Letter, ...]
    sandbox_url: str | None = None
    phone_number_id: str = "15550000000"
    settle_s: float = 10.0
    redelivery_s: tuple[float, ...] = (4.0, 16.0, 64.0)
    connections: int = 512
    ahead_s: float = 0.2
    progress_s: float = 1.0


class Progress(msgspec.Struct, frozen=True, kw_only=True, tag="progress"):
    """How far it has come; counts are of all so far, `refused` being deliveries that were not accepted.

    `latencies_ms` are of what was finished since the last progress: answered, or accepted where replies are not seen.
    `late_ms` is how late the next message is.
    """

    at_s: float
    sent: int
    accepted: int
    answered: int
    refused: int
    late_ms: float
    latencies_ms: tuple[float, ...] = ()


class Lateness(msgspec.Struct, frozen=True, kw_only=True):
    """By how many milliseconds messages were sent after their intended times."""

    p50_ms: float
    p99_ms: float
    max_ms: float


class Outcome(msgspec.Struct, frozen=True, kw_only=True, tag="outcome"):
    """What became of every letter: columns in the order of the letters; all times from the intended one.

    `late_ms` is when it was first sent (None: never, it was stopped before), `accepted_ms` when the webhook accepted
    it, `answered_ms` when WhatsApp got the last reply (None: never; always so for repeats and without a sandbox).
    `statuses` counts the answers of the webhook, "0" being a connection that broke. `start_unix_s` is time 0,
    `waited_s` how long it was listened for replies from then on. `clock_step_ms` is by how much the wall clock moved
    against the steady one meanwhile, `lost_replies` how many the sandbox forgot before they were read.
    """

    start_unix_s: float
    late_ms: tuple[float | None, ...]
    accepted_ms: tuple[float | None, ...]
    answered_ms: tuple[float | None, ...]
    statuses: dict[str, int]
    waited_s: float
    cpu_s: float
    clock_step_ms: float
    lost_replies: int = 0
    stopped: bool = False

    @property
    def cpu_share(self) -> float:
        """How much of one core the generator used."""
        return self.cpu_s / self.waited_s if self.waited_s else 0.0

    @property
    def lateness(self) -> Lateness:
        """Of what was sent; zeros when nothing was."""
        ordered = sorted(late for late in self.late_ms if late is not None)
        if not ordered:
            return Lateness(p50_ms=0.0, p99_ms=0.0, max_ms=0.0)
        return Lateness(p50_ms=percentile(ordered, 50), p99_ms=percentile(ordered, 99), max_ms=ordered[-1])

    def doubts(self, late_ms: float = LATE_MS) -> tuple[str, ...]:
        """Why these figures must not be judged; empty where they may."""
        late, found = self.lateness, []
        if late.p99_ms > late_ms:
            found.append(f"the generator was late: 1 % of its messages by more than {late.p99_ms:.1f} ms")
        if self.cpu_share > _BUSY_SHARE:
            found.append(f"the generator used {self.cpu_share:.0%} of its core")
        if abs(self.clock_step_ms) > 1.0:
            found.append(f"the clock was set by {self.clock_step_ms:+.1f} ms meanwhile")
        if self.lost_replies:
            found.append(f"{self.lost_replies} replies were forgotten by the sandbox before they were read")
        return tuple(found)


Report = Progress | Outcome


def with_missing(times_ms: Sequence[float | None]) -> list[float]:
    """The same in ascending order; what never happened counts as infinite."""
    return sorted(math.inf if one is None else one for one in times_ms)
