"""Documents in the making: the same bytes in both ways, little memory in one of them, and a word when there is none."""

import asyncio
import tracemalloc
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import msgspec
import pytest

from profiles.virtual_clock import VirtualClock, run_virtual
from service.core.errors import (
    DocumentFailed,
    NotAuthenticated,
    StoreUnavailable,
    TooLarge,
    UpstreamRefused,
    UpstreamUnavailable,
    WorkLost,
)
from service.core.messages import Document, Text
from service.core.queries import Account, Transaction
from service.core.sessions import Session
from service.flow.inline import Inline
from service.ports import Paper
from service.reply.papers import AT_ONCE, CHUNK_BYTES, TIMEOUT_S, Hold, OnDisk, StatementPapers, in_memory
from service.reply.phrases import NO_STATEMENT
from service.reply.statements import MAX_ROWS
from tests.commands.fakes import ANN, FakePayments, FakeSessions

DOCUMENT = Document("csv", "ann", "acc_ann", "wallet_ann", 0, 10, "2026-03", "flash-2026-03.csv", "Your payments")
PAGE_S = 0.1


def movement(place: int) -> Transaction:
    return Transaction(f"tx-{place:08}", place % 2 == 0, "SUCCESS", place, "1.00", "USD", 1_800_000_000 - place, None)


class Books:
    """Implements Pages: so many movements, 500 a page; `error` is raised after the first page."""

    def __init__(self, rows: int, error: Exception | None = None, page_s: float = PAGE_S) -> None:
        self.rows = rows
        self.page_s = page_s
        self.error = error
        self.pages = 0
        self.accounts: list[Account] = []
        self.under_way = 0
        self.most_under_way = 0

    async def __call__(self, account: Account, document: Document) -> AsyncIterator[Sequence[Transaction]]:
        self.accounts.append(account)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        for first in range(0, self.rows, 500):
            await asyncio.sleep(self.page_s)
            self.pages += 1
            yield [movement(place) for place in range(first, min(first + 500, self.rows))]
            if self.error is not None:
                raise self.error
        self.under_way -= 1


class Desk:
    """Papers over books and fake sessions, in virtual time."""

    def __init__(self, hold: Hold, books: Books) -> None:
        journal: list[str] = []
        self.books = books
        self.sessions = FakeSessions(journal, FakePayments(journal))
        self.sessions.by_user = {"ann": ANN}
        self.find = self.sessions.find_by_user
        self._hold = hold

    def papers(self, clock: VirtualClock) -> StatementPapers:
        find, end = self.find, self.sessions.delete
        return StatementPapers(self._hold, pages=self.books, session_of=find, end_session=end, compute=Inline(clock))

    def make(self, document: Document = DOCUMENT) -> tuple[bytes, Paper] | Text:
        async def main(clock: VirtualClock) -> tuple[bytes, Paper] | Text:
            async with self.papers(clock)(document) as paper:
                if isinstance(paper, Text):
                    return paper
                return b"".join([chunk async for chunk in paper.chunks()]), paper

        return run_virtual(main, start_unix_s=0.0)


@pytest.fixture(params=["on disk", "in memory"])
def hold(request: pytest.FixtureRequest, tmp_path: Path) -> Hold:
    return OnDisk(tmp_path / "data") if request.param == "on disk" else in_memory


@pytest.mark.parametrize("kind", ["csv", "pdf"])
@pytest.mark.parametrize("rows", [1, 500, 501, 12_345])
def test_both_ways_make_the_same_bytes(tmp_path: Path, kind: str, rows: int) -> None:
    asked = msgspec.structs.replace(DOCUMENT, kind=kind)
    ways = [Desk(way, Books(rows)).make(asked) for way in (OnDisk(tmp_path), in_memory)]
    (one, paper), (other, other_paper) = [way for way in ways if not isinstance(way, Text)]
    assert one == other
    assert (paper.size_bytes, paper.summary) == (len(one), other_paper.summary)
    assert paper.mime_type == {"csv": "text/plain", "pdf": "application/pdf"}[kind]


def test_a_file_can_be_read_again_and_is_gone_afterwards(tmp_path: Path) -> None:
    async def main(clock: VirtualClock) -> None:
        async with Desk(OnDisk(tmp_path), Books(20_000)).papers(clock)(DOCUMENT) as paper:
            assert isinstance(paper, Paper)
            chunks = [[chunk async for chunk in paper.chunks()] for _ in range(2)]
            assert chunks[0] == chunks[1]
            assert max(map(len, chunks[0])) == CHUNK_BYTES

    run_virtual(main, start_unix_s=0.0)
    assert list(tmp_path.iterdir()) == []


def peak_bytes(hold: Hold, rows: int) -> int:
    """The most that was allocated at one time while a statement was made and read."""

    async def main(clock: VirtualClock) -> int:
        papers = Desk(hold, Books(rows)).papers(clock)
        tracemalloc.start()
        try:
            before, _ = tracemalloc.get_traced_memory()
            async with papers(DOCUMENT) as paper:
                assert isinstance(paper, Paper)
                read = 0
                async for chunk in paper.chunks():
                    read += len(chunk)
                assert read == paper.size_bytes
            return tracemalloc.get_traced_memory()[1] - before
        finally:
            tracemalloc.stop()

    return run_virtual(main, start_unix_s=0.0)


def test_memory_does_not_grow_with_the_history(tmp_path: Path) -> None:
    small, large = (peak_bytes(OnDisk(tmp_path), rows) for rows in (5_000, 20_000))
    assert large < 1.2 * small
    assert large < 0.2 * peak_bytes(in_memory, 20_000)


def test_the_account_is_the_askers_own_and_its_token_comes_from_the_session(hold: Hold) -> None:
    desk = Desk(hold, Books(3))
    assert not isinstance(desk.make(), Text)
    assert desk.books.accounts == [ANN.account]


@pytest.mark.parametrize(
    "changes", [{"user": "bob"}, {"account_id": "acc_bob"}], ids=["unlinked since", "linked to another account since"]
)
def test_an_account_that_is_not_linked_any_more_is_not_read(hold: Hold, changes: dict[str, str]) -> None:
    desk = Desk(hold, Books(3))
    assert desk.make(msgspec.structs.replace(DOCUMENT, **changes)) == Text(NO_STATEMENT["not-linked"])
    assert desk.books.accounts == []


def test_no_movements_are_no_file(hold: Hold) -> None:
    assert Desk(hold, Books(0)).make() == Text(NO_STATEMENT["empty"])


def test_a_history_that_is_too_long_is_not_read_to_its_end(hold: Hold) -> None:
    desk = Desk(hold, Books(3 * MAX_ROWS))
    assert desk.make() == Text(NO_STATEMENT["too-large"].format(limit="100,000"))
    assert desk.books.pages <= MAX_ROWS // 500 + 1


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (TooLarge(2_500), NO_STATEMENT["too-large"].format(limit="2,500")),
        (UpstreamRefused("transactionPage", "NOT_FOUND", "no"), NO_STATEMENT["refused"]),
        (NotAuthenticated("who"), NO_STATEMENT["session-expired"]),
    ],
)
def test_what_cannot_be_had_is_said(hold: Hold, error: Exception, said: str) -> None:
    assert Desk(hold, Books(1_000, error)).make() == Text(said)


def test_a_session_that_flash_does_not_know_is_ended_so_that_link_works(hold: Hold) -> None:
    desk = Desk(hold, Books(1_000, NotAuthenticated("who")))
    desk.make()
    assert desk.sessions.by_user == {}


@pytest.mark.parametrize(
    "error",
    [
        UpstreamUnavailable("transactionPage", "no answer"),
        UpstreamRefused("transactionPage", "TOO_MANY_REQUESTS", "slow down"),
        WorkLost("its process ended"),
        OSError(28, "No space left on device"),
    ],
)
def test_what_may_pass_is_tried_again(hold: Hold, error: Exception) -> None:
    with pytest.raises(DocumentFailed):
        Desk(hold, Books(1_000, error)).make()


def test_a_store_that_fails_is_told_apart(hold: Hold) -> None:
    desk = Desk(hold, Books(3))

    async def fail(user: str) -> Session | None:
        raise StoreUnavailable("gone")

    desk.find = fail
    with pytest.raises(StoreUnavailable):
        desk.make()


def test_a_document_is_made_within_its_time_or_its_user_is_told(hold: Hold) -> None:
    assert Desk(hold, Books(5_000, page_s=TIMEOUT_S / 9)).make() == Text(NO_STATEMENT["not-made"])


def test_few_documents_are_made_at_the_same_time(hold: Hold) -> None:
    desk = Desk(hold, Books(2_000))

    async def main(clock: VirtualClock) -> None:
        papers = desk.papers(clock)

        async def one() -> None:
            async with papers(DOCUMENT) as paper:
                assert isinstance(paper, Paper)

        await asyncio.gather(*(one() for _ in range(3 * AT_ONCE)))

    run_virtual(main, start_unix_s=0.0)
    assert desk.books.most_under_way == AT_ONCE
