"""Item 5.4: reads that are asked for at the same moment leave as one request.

Account data travel with the token of their account alone, and nothing of another user ever meets them. Public reads
travel in the request of the user who asks, where there is one; without account data beside them they travel with the
public reads of everybody, without a token. Only a Query passes here, so never a mutation.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from service.core.errors import UpstreamUnavailable
from service.core.queries import Account, Query, Reading, ReadingSource
from service.gateway.answers import AUTHENTICATION_CODES, UPSTREAM_FAULTS, Answer, Fault, Heard, Silence
from service.gateway.background import launch
from service.gateway.flash_reads import READ_TIMEOUT_S, part_of, value_of
from service.gateway.graphql import GraphQL
from service.gateway.merging import Merged, alias, merge
from service.ports import Clock, Fetch, Meter, Spawn

__all__ = ["BATCH", "CAUTION_S", "MAX_MEMBERS", "WINDOW_S", "BatchedReads"]

BATCH = "batch"
"""The operation's name, in meters and on the wire."""

WINDOW_S = 0.0
"""How long a request waits for others to come along: to the loop's next turn. On the reference workload, waiting for
1 or 5 ms saved no single call more and made every read so much later."""

MAX_MEMBERS = 8
"""Reads in one request. Servers bound what one document may cost."""

CAUTION_S = 600.0
"""How long smaller requests are made after one was refused as a whole."""

_BUSY_CODES = frozenset({"TOO_MANY_REQUEST", "TOO_MANY_REQUESTS"})
_FINAL = AUTHENTICATION_CODES | UPSTREAM_FAULTS | _BUSY_CODES


@dataclass(frozen=True, slots=True, eq=False)
class _Member:
    query: Query
    landed: asyncio.Future[Reading]
    ends_s: float


@dataclass(frozen=True, slots=True, eq=False)
class _Batch:
    company: Account | None
    members: list[_Member]


class BatchedReads:
    """A Fetch that sends reads together, and each by `alone` where it is by itself.

    - `fetched_at_s` is the time at which the merged request was begun.
    - An error with a path belongs to the read whose alias it names; the others have their answers. Where it has taken
      their data with it (a field that may not be null), they are asked again, each by itself.
    - No usable answer (time-out, reset, 5xx) fails all alike, and so does an error without a path that says who we are
      not, that the server is busy, or that something behind it broke. Any other refusal of the request as a whole, for
      example for its complexity, is about the company and not about the reads: each is asked again by itself, and for
      `CAUTION_S` requests have half the members at most.
    - Each read has its own time limit over both attempts. Whoever leaves early harms nobody.

    Raises as FlashReads does. Meters `batching` by `asked` (reads), `requests` (made for them), `again` (reads that
    were asked once more) and `refused` (requests as a whole).
    """

    def __init__(
        self,
        alone: Fetch,
        graphql: GraphQL,
        clock: Clock,
        spawn: Spawn,
        meter: Meter,
        *,
        window_s: float = WINDOW_S,
    ) -> None:
        self._alone = alone
        self._graphql = graphql
        self._clock = clock
        self._spawn = spawn
        self._meter = meter
        self._window_s = window_s
        self._open: dict[Account | None, _Batch] = {}
        self._limit = MAX_MEMBERS
        self._cautious_until_s = 0.0

    async def __call__(self, query: Query) -> Reading:
        self._meter.count("batching", "asked")
        landed: asyncio.Future[Reading] = asyncio.get_running_loop().create_future()
        self._join(_Member(query, landed, self._clock.monotonic() + READ_TIMEOUT_S), _company(query))
        return await landed

    def _join(self, member: _Member, company: Account | None) -> None:
        batch = self._open.get(company)
        if batch is None:
            batch = self._open[company] = _Batch(company, [])
            launch(self._spawn, self._send(batch), name="batch", undo=lambda: self._open.pop(company, None))
        batch.members.append(member)
        if len(batch.members) >= self._members_allowed():
            del self._open[company]

    def _members_allowed(self) -> int:
        if self._limit < MAX_MEMBERS and self._clock.monotonic() >= self._cautious_until_s:
            self._limit = MAX_MEMBERS
        return self._limit

    async def _send(self, batch: _Batch) -> None:
        try:
            await self._clock.sleep(self._window_s)
            if self._open.get(batch.company) is batch:
                del self._open[batch.company]
            members = [member for member in batch.members if not member.landed.done()]
            if not self._passed_on(batch.company, members):
                await self._ask(batch.company, members)
        except asyncio.CancelledError:
            _fail(batch.members, UpstreamUnavailable(BATCH, "the service is stopping"))
            raise
        except Exception as error:  # noqa: BLE001 - it is raised again in every member
            _fail(batch.members, error)

    def _passed_on(self, company: Account | None, members: Sequence[_Member]) -> bool:
        """Whether these went to the public reads of everybody: where nothing of this user's account is asked."""
        if company is None or any(member.query.account is not None for member in members):
            return False
        for member in members:
            self._join(member, None)
        return True

    async def _ask(self, company: Account | None, members: Sequence[_Member]) -> None:
        if len(members) < 2:  # noqa: PLR2004 - no company
            await self._ask_each(members)
            return
        self._meter.count("batching", "requests")
        merged = merge(BATCH, [part_of(member.query)[1] for member in members])
        began_s = self._clock.now()
        heard = await self._graphql.ask(
            BATCH,
            merged.document,
            merged.variables,
            token=company.token if company else None,
            timeout_s=max(0.0, members[0].ends_s - self._clock.monotonic()),
        )
        shares = self._shares(merged, heard, members)
        again = [member for member, share in zip(members, shares, strict=True) if share is None]
        for member, share in zip(members, shares, strict=True):
            if share is not None:
                _settle(member, share, began_s)
        self._meter.count("batching", "again", len(again))
        await self._ask_each(again)

    def _shares(self, merged: Merged, heard: Heard, members: Sequence[_Member]) -> list[Heard | None]:
        """What each was answered; None for one that has to be asked by itself."""
        if isinstance(heard, Silence):
            return [heard] * len(members)
        names = [alias(place) for place in range(len(members))]
        if whole := tuple(fault for fault in heard.faults if fault.root not in names):
            return self._shares_of_refusal(whole, members)
        return [_share(heard, name, field) for name, field in zip(names, merged.fields, strict=True)]

    def _shares_of_refusal(self, whole: tuple[Fault, ...], members: Sequence[_Member]) -> list[Heard | None]:
        """A token that is not accepted says nothing of what needs none."""
        if whole[0].code in _FINAL:
            is_personal = whole[0].code in AUTHENTICATION_CODES
            refused = Answer(None, whole)
            return [None if is_personal and member.query.account is None else refused for member in members]
        self._meter.count("batching", "refused")
        self._limit = max(1, len(members) // 2)
        self._cautious_until_s = self._clock.monotonic() + CAUTION_S
        return [None] * len(members)

    async def _ask_each(self, members: Sequence[_Member]) -> None:
        async with asyncio.TaskGroup() as group:
            for member in members:
                group.create_task(self._ask_alone(member))

    async def _ask_alone(self, member: _Member) -> None:
        if member.landed.done():
            return
        self._meter.count("batching", "requests")
        try:
            async with asyncio.timeout(member.ends_s - self._clock.monotonic()):
                reading = await self._alone(member.query)
        except TimeoutError:
            _fail([member], UpstreamUnavailable(member.query.namespace, f"no answer within {READ_TIMEOUT_S:g} s"))
        except Exception as error:  # noqa: BLE001 - it is raised again in the member
            _fail([member], error)
        else:
            if not member.landed.done():
                member.landed.set_result(reading)


def _company(query: Query) -> Account | None:
    """In whose request a read may travel: that of the account and token it is for, or read on behalf of."""
    return query.account or query.carrier


def _share(heard: Answer, name: str, field: str) -> Heard | None:
    own = tuple(fault for fault in heard.faults if fault.root == name)
    if own:
        return Answer(None, own)
    return None if heard.data is None else Answer({field: heard.data.get(name)})


def _settle(member: _Member, share: Heard, began_s: float) -> None:
    if member.landed.done():
        return
    try:
        value = value_of(member.query, share)
    except Exception as error:  # noqa: BLE001 - it is raised again in the member
        _fail([member], error)
    else:
        member.landed.set_result(Reading(value, began_s, ReadingSource.UPSTREAM))


def _fail(members: Sequence[_Member], error: Exception) -> None:
    """Without the last line, an error that its member left behind would be logged as lost."""
    for member in members:
        if not member.landed.done():
            member.landed.set_exception(error)
            member.landed.exception()
