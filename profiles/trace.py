"""Traces: the concrete messages of a workload and a seed, the same in every process and on every Python."""

import hashlib
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import Literal

import msgspec

from profiles.arrivals import session_starts
from profiles.chance import Chance, zipf
from profiles.population import Member, draw_population
from profiles.script import Crowd, Invoice, Script, Step
from profiles.workload_model import Spam, Workload
from profiles.workload_strain import Heavy
from service.core.errors import ConfigError

__all__ = ["FLOOD", "Arrival", "Trace", "draw", "flood_of"]

FLOOD = "flood"
"""The intent of the messages of somebody who floods."""

_HEAVY = "wamid.HEAVY"
_REDELIVERY_S = (4.0, 16.0, 64.0)
_TICK_S = 1e-6
_PICKS = 30
_SPAM_S = 1.0


class Arrival(msgspec.Struct, frozen=True):
    """One delivery of a message.

    `text` may hold `{otp}`, the code that the user was sent, or `{invoice}`, for which `invoice` says who made it;
    both are only known when the trace runs. `intent` is the command that the text means, or "amount". `follows` is
    the message whose answer asked for this one; a "button" is a tap on that answer's button for `text`.
    `duplicate_of` repeats an earlier `wamid`, as WhatsApp does when it delivers twice.
    """

    at_s: float
    user: int
    wamid: str
    kind: Literal["text", "button"]
    text: str
    intent: str
    follows: str | None = None
    duplicate_of: str | None = None
    invoice: Invoice | None = None

    @property
    def is_heavy(self) -> bool:
        """Whether a heavy user of the workload asks."""
        return self.wamid.startswith(_HEAVY)

    @property
    def line(self) -> str:
        """Everything about it in one line, for the digest."""
        invoice = f"{self.invoice.payee}:{self.invoice.cents}" if self.invoice else "-"
        return (
            f"{self.at_s:.6f}\t{self.user}\t{self.wamid}\t{self.kind}\t{self.text}\t{self.intent}\t"
            f"{self.follows or '-'}\t{self.duplicate_of or '-'}\t{invoice}"
        )


class Trace(msgspec.Struct, frozen=True, dict=True):
    """The arrivals in the order of their times, and the people they come from."""

    workload: str
    seed: int
    minutes: float
    arrivals: tuple[Arrival, ...]
    population: tuple[Member, ...]

    @cached_property
    def digest(self) -> str:
        """SHA-256 of arrivals and population, in hexadecimal: equal digests are equal traces."""
        total = hashlib.sha256()
        for member in self.population:
            total.update(_member_line(member).encode())
        for arrival in self.arrivals:
            total.update(f"{arrival.line}\n".encode())
        return total.hexdigest()


def draw(workload: Workload, seed: int, minutes: float | None = None) -> Trace:
    """The trace of this workload and seed; a shorter one is the beginning of a longer one.

    Of a workload with a restart, `minutes` are those after it, before which is all that comes before.
    """
    before = workload.restart_at_minutes or 0.0
    minutes = workload.duration_minutes if minutes is None else before + minutes
    horizon_s = minutes * 60
    chance = Chance(f"{seed}")
    population = draw_population(workload.users, chance.child("population"))
    drawn = [
        *_arrivals(workload, population, horizon_s, seed, chance),
        *flood_of(workload, population, horizon_s, seed),
    ]
    heavy = _heavy_users(workload.heavy, population, {one.user for one in drawn})
    drawn += _heavy_of(workload.heavy, heavy, horizon_s)
    people = tuple(
        msgspec.structs.replace(one, past_rows=workload.heavy.past_rows) if place in heavy else one
        for place, one in enumerate(population)
    )
    arrivals = sorted(drawn, key=lambda one: (one.at_s, one.user))
    return Trace(workload.name, seed, minutes, tuple(arrivals), people)


def _arrivals(
    workload: Workload, population: tuple[Member, ...], horizon_s: float, seed: int, chance: Chance
) -> Iterator[Arrival]:
    """The sessions of everybody. Nobody has two at once: a session of somebody busy becomes another user's.

    When everybody who is picked is busy, there are too few users for so much traffic, and the session is left out.
    """
    users = zipf(len(population), workload.users.popularity_exponent)
    recipients = zipf(len(population), workload.sends.recipient_exponent)
    script = Script(workload, Crowd(population), recipients, chance.child("ranking").shuffle(len(population)))
    timelines = [_Timeline(workload, f"{seed}:{user}", user) for user in range(len(population))]
    for number, at_s in enumerate(session_starts(workload, horizon_s, chance.child("sessions"))):
        session = chance.child(f"session {number}")
        picks = (session.pick(users) for _ in range(_PICKS))
        user = next((user for user in picks if timelines[user].is_free(at_s)), None)
        if user is None:
            continue
        yield from timelines[user].write(script.session(user, session), at_s, horizon_s, session.child("copies"))


def flood_of(workload: Workload, population: tuple[Member, ...], horizon_s: float, seed: int) -> Iterator[Arrival]:
    """The messages of the user who floods: the last of those who are linked."""
    flood = workload.flood
    if not flood.messages_per_s:
        return
    user = max((place for place, member in enumerate(population) if member.linked), default=0)
    for number in range(int(max(0.0, horizon_s - flood.start_s) * flood.messages_per_s)):
        at_s = round(flood.start_s + number / flood.messages_per_s, 6)
        name = hashlib.sha256(f"{seed}:flood:{number}".encode()).hexdigest()[:24].upper()
        yield Arrival(at_s, user, f"wamid.{name}", "text", flood.text, FLOOD)


def _heavy_users(heavy: Heavy, population: tuple[Member, ...], busy: AbstractSet[int]) -> list[int]:
    """Who of those that are linked and say nothing else are heavy users. Raises ConfigError when they are too few."""
    silent = [place for place, one in enumerate(population) if one.linked and place not in busy]
    wanted = heavy.drawers + heavy.readers
    if len(silent) < wanted:
        raise ConfigError(f"{wanted} heavy users are wanted, and only {len(silent)} linked users say nothing else")
    return silent[:wanted]


def _heavy_of(heavy: Heavy, users: Sequence[int], horizon_s: float) -> Iterator[Arrival]:
    span_s = max(0.0, horizon_s - heavy.start_s)
    drawers, readers = users[: heavy.drawers], users[heavy.drawers :]
    for number in range(int(span_s / heavy.invoice_every_s) if drawers else 0):
        at_s, user = heavy.start_s + number * heavy.invoice_every_s, drawers[number % len(drawers)]
        yield Arrival(at_s, user, f"{_HEAVY}QR{number}", "text", "receive 5", "receive")
    for number in range(int(span_s / heavy.statement_every_s) if readers else 0):
        at_s, user = heavy.start_s + 0.5 + number * heavy.statement_every_s, readers[number % len(readers)]
        kind = "pdf" if number % 2 else "csv"
        yield Arrival(at_s, user, f"{_HEAVY}ST{number}", "text", f"history all {kind}", "statement")


class _Timeline:
    """The messages of one user, whose times only grow."""

    def __init__(self, workload: Workload, name: str, user: int) -> None:
        self._workload = workload
        self._name = name
        self._user = user
        self._free_at_s = -workload.sessions.think_min_s
        self._written = 0
        self._taken: set[float] = set()

    def is_free(self, at_s: float) -> bool:
        """Whether the last session has been over for a moment."""
        return at_s >= self._free_at_s + self._workload.sessions.think_min_s

    def write(self, steps: Iterator[Step], start_s: float, horizon_s: float, chance: Chance) -> Iterator[Arrival]:
        """The arrivals of a session that begins at `start_s`."""
        at_s = start_s
        asked: str | None = None
        for step in steps:
            at_s = self._free(at_s + step.gap_s)
            if at_s >= horizon_s:
                break
            first = self._arrival(at_s, step, asked if step.answers else None)
            asked = first.wamid
            yield first
            for arrival in self._copies(first, step, chance):
                at_s = max(at_s, arrival.at_s)
                if arrival.at_s < horizon_s:
                    yield arrival
            if chance.happens(self._workload.duplicates.share):
                yield from self._redelivery(first, horizon_s, chance)
        self._free_at_s = at_s

    def _copies(self, first: Arrival, step: Step, chance: Chance) -> list[Arrival]:
        """The same text again at once, as new messages."""
        spam = self._workload.spam
        if not (step.copied and chance.happens(spam.share)):
            return []
        offsets = sorted(chance.uniform() * _SPAM_S for _ in range(_extra(spam, chance)))
        return [self._arrival(self._free(first.at_s + offset), step, first.follows) for offset in offsets]

    def _redelivery(self, first: Arrival, horizon_s: float, chance: Chance) -> Iterator[Arrival]:
        at_s = self._free(first.at_s + chance.choose(_REDELIVERY_S))
        if at_s < horizon_s:
            yield msgspec.structs.replace(first, at_s=at_s, duplicate_of=first.wamid)

    def _arrival(self, at_s: float, step: Step, follows: str | None) -> Arrival:
        self._written += 1
        wamid = f"wamid.{hashlib.sha256(f'{self._name}:{self._written}'.encode()).hexdigest()[:24].upper()}"
        return Arrival(
            at_s, self._user, wamid, step.kind, step.text, step.intent, follows=follows, invoice=step.invoice
        )

    def _free(self, at_s: float) -> float:
        """This time to the microsecond, or the next that the user has nothing at."""
        at_s = round(at_s, 6)
        while at_s in self._taken:
            at_s = round(at_s + _TICK_S, 6)
        self._taken.add(at_s)
        return at_s


def _extra(spam: Spam, chance: Chance) -> int:
    return spam.min_copies - 1 + chance.below(spam.max_copies - spam.min_copies + 1)


def _member_line(member: Member) -> str:
    contacts = ",".join(f"{contact.name}={contact.member}" for contact in member.contacts)
    return f"{member.username}\t{member.phone}\t{member.currency}\t{member.cents}\t{member.linked:d}\t{contacts}\n"
