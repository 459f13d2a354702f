"""Whatever is asked, by whom and when: a request with a token has nothing of another user, one without no account."""

import asyncio
import re
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.virtual_clock import VirtualClock
from service.core.freshness import ACCOUNT_SCOPED, Namespace
from service.core.queries import Account, Balance, Profile, Query, Reading
from service.gateway import batched_reads
from service.gateway.batched_reads import BatchedReads
from service.gateway.flash_reads import FlashReads
from service.gateway.graphql import GraphQL
from tests.gateway.fakes import Tally, Tasks, client_of, sent, virtual

ACCOUNTS = [Account(f"acc-{name}", f"token-{name}") for name in "abc"]
CENTS = {account.token: 100 + place for place, account in enumerate(ACCOUNTS)}

_USERS = st.sampled_from(ACCOUNTS)
_PUBLIC = st.sampled_from([Namespace.PRICE, Namespace.RATE, Namespace.RECIPIENT, Namespace.CURRENCIES])
_ME = re.compile(r"\bme\b")
_GAPS_S = st.sampled_from([0.0, 0.0, 0.0, 0.01, 0.2])


@st.composite
def asked(draw: st.DrawFn) -> tuple[float, Query]:
    """A read and the time after the one before. A public one names in its argument who asks."""
    user = draw(st.none() | _USERS)
    if user is not None and draw(st.booleans()):
        return draw(_GAPS_S), Query(draw(st.sampled_from(sorted(ACCOUNT_SCOPED))), account=user)
    return draw(_GAPS_S), Query(draw(_PUBLIC), f"of_{user.token if user else 'nobody'}", carrier=user)


class Flash:
    """Answers `me` by the token alone, and remembers what came with which."""

    def __init__(self, clock: VirtualClock) -> None:
        self.requests: list[tuple[str | None, list[str], bool]] = []
        self._clock = clock

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        token = (request.headers.get("authorization") or "").removeprefix("Bearer ") or None
        what = sent(request)
        texts = [value for value in what["variables"].values() if isinstance(value, str)]
        self.requests.append((token, texts, _ME.search(what["query"]) is not None))
        await self._clock.sleep(0.1)
        names = [line.strip().partition(":")[0] for line in what["query"].splitlines() if line.startswith("  r")]
        names = names or ["me", "realtimePrice", "accountDefaultWallet", "currencyList"]
        return httpx.Response(200, json={"data": {name: _everything(token) for name in names}})


def _everything(token: str | None) -> Any:
    wallet = {"id": f"w-{token}", "walletCurrency": "USD", "balance": CENTS.get(token or "", 0)}
    account = {
        "id": f"acc-{(token or '-')[-1]}",
        "displayCurrency": "USD",
        "wallets": [wallet],
        "transactions": {"edges": []},
    }
    node = {"base": 1, "offset": 0}
    prices = {"btcSatPrice": node, "usdCentPrice": node, "id": "w", "walletCurrency": "USD"}
    return {"username": token, "phone": None, "defaultAccount": account, **prices}


def play(moments: list[tuple[float, Query]]) -> None:
    """Raises AssertionError when anything of two users met."""

    async def main(clock: VirtualClock) -> None:
        flash = Flash(clock)
        graphql = GraphQL(client_of(flash), "https://flash.test/graphql", clock, Tally())  # type: ignore[arg-type]  # httpx takes coroutines, too
        reads = BatchedReads(FlashReads(graphql, clock), graphql, clock, Tasks(), Tally())
        tasks: list[tuple[Query, asyncio.Future[Reading]]] = []
        for gap_s, query in moments:
            if gap_s:
                await clock.sleep(gap_s)
            tasks.append((query, asyncio.ensure_future(reads(query))))
        await asyncio.gather(*(task for _, task in tasks), return_exceptions=True)
        _judge_requests(flash)
        for query, task in tasks:
            _judge_answer(query, task)

    virtual(main)


def _judge_requests(flash: Flash) -> None:
    for token, texts, has_account in flash.requests:
        owners = {text.removeprefix("of_") for text in texts if text.startswith("of_")}
        assert token is None or owners <= {token}, f"one request for {token} and {owners}"
        assert token is not None or not has_account, "account data were asked for without a token"


def _judge_answer(query: Query, task: asyncio.Future[Reading]) -> None:
    if query.account is None:
        return
    assert task.exception() is None, f"{query.namespace} of {query.account.id} was answered for another"
    value = task.result().value
    if isinstance(value, Balance):
        assert value.cents == CENTS[query.account.token]
    if isinstance(value, Profile):
        assert (value.account_id, value.username) == (query.account.id, query.account.token)


@given(st.lists(asked(), max_size=25))
def test_two_users_never_meet(moments: list[tuple[float, Query]]) -> None:
    play(moments)


@pytest.mark.parametrize("kind", sorted(ACCOUNT_SCOPED | {Namespace.PRICE}))
def test_a_batch_that_forgets_whose_it_is_would_be_seen(kind: Namespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batched_reads, "_company", lambda query: ACCOUNTS[0])
    mine, theirs = ACCOUNTS[:2]
    other = Query(kind, account=theirs) if kind in ACCOUNT_SCOPED else Query(kind, f"of_{theirs.token}", carrier=theirs)
    mixed = [(0.0, Query(Namespace.BALANCE, account=mine)), (0.0, other)]
    with pytest.raises(AssertionError):
        play(mixed)
