"""Bounds that the service promises, in bytes: `pytest tests/memory --memray` (or `nox -s memory`) fails beyond a limit.

Without --memray only what each of them does is checked. Limits are twice to three times what was measured, of all
allocations that lived at one time, arenas of the interpreter included.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from profiles.virtual_clock import VirtualClock, run_virtual
from service.core.messages import Document
from service.core.queries import Query, Transaction
from service.flow.inline import Inline
from service.flow.lanes import MAX_WAITING
from service.gateway.usage import MAX_KEYS, Usage
from service.observe.histograms import Histograms
from service.reply.papers import OnDisk
from service.reply.statements import Statement
from tests.flow.kit import Workshop, entry
from tests.gateway.fakes import PRICE

ROWS = 50_000
PAGE = 500
DOCUMENT = Document("csv", "ann", "acc_ann", "wallet_ann", 0, 10, "all", "flash-all.csv", "Your payments")


async def pages() -> AsyncIterator[Sequence[Transaction]]:
    """A history of ROWS movements, a page at a time."""
    for first in range(0, ROWS, PAGE):
        await asyncio.sleep(0)
        yield [
            Transaction(f"tx-{n:08}", n % 2 == 0, "SUCCESS", n, "1.00", "USD", 1_800_000_000 - n, None)
            for n in range(first, first + PAGE)
        ]


@pytest.mark.limit_memory("4 MB")
def test_a_statement_of_50_000_payments_is_streamed(tmp_path: Path) -> None:
    async def main(clock: VirtualClock) -> int:
        async with OnDisk(tmp_path)(DOCUMENT, Statement(DOCUMENT, Inline(clock)), pages()) as paper:
            return sum([len(chunk) async for chunk in paper.chunks()])

    assert run_virtual(main, start_unix_s=0.0) > ROWS * 40


@pytest.mark.limit_memory("25 MB")
def test_a_full_queue_of_10_000_messages_is_small() -> None:
    async def main(_: VirtualClock) -> int:
        shop = Workshop(takes_s=0.0)
        await shop.offer(*(entry(str(n), user=f"user-{n % 500}") for n in range(MAX_WAITING)))
        return len(shop.log)

    assert run_virtual(main, start_unix_s=0.0) == 2 * MAX_WAITING


@pytest.mark.limit_memory("1 MB")
def test_what_is_known_of_the_use_of_keys_is_bounded() -> None:
    async def main(clock: VirtualClock) -> int:
        usage = Usage(clock)
        for number in range(20 * MAX_KEYS):
            usage.note(Query(PRICE.namespace, f"C{number}"))
        return len(usage.most_used(10 * MAX_KEYS))

    assert 0 < run_virtual(main, start_unix_s=0.0) <= MAX_KEYS


@pytest.mark.limit_memory("1 MB")
def test_histograms_do_not_grow_with_what_they_observe() -> None:
    histograms = Histograms()
    for number in range(200_000):
        histograms.observe("response_s", number / 20_000, f"command-{number % 10}")
    assert sum(sum(found.counts) for found in histograms.read().values()) == 200_000
