"""All movements of a wallet, page by page: a connection of GraphQL, read forwards by its cursors.

A Flash that ignores cursors answers the first page again. It is noticed by that, and asked for one long page instead:
what is not in it cannot be had, and then there is an error rather than half a list.
"""

from collections.abc import AsyncIterator, Sequence

from service.core.errors import NotAuthenticated, TooLarge, UpstreamUnavailable
from service.core.messages import Document
from service.core.queries import Account, Transaction
from service.gateway import documents, shapes
from service.gateway.flash_reads import READ_TIMEOUT_S, movement_of
from service.gateway.graphql import GraphQL
from service.ports import Clock

__all__ = ["LONG_PAGE_ROWS", "MAX_PAGES", "PAGE_ROWS", "FlashPages"]

PAGE_ROWS = 500
"""A page of them is some 150 KB of JSON."""

LONG_PAGE_ROWS = 2_500
"""What fits into the largest answer that is read, 1 MB."""

MAX_PAGES = 1_000
"""Beyond it, whatever the cursors say, it is no list of one person's payments."""

_OPERATION = "transactionPage"
_USD = "USD"
_OUT_OF_ORDER_S = 2 * 86_400  # what Flash lists newest first may be a little out of order


class FlashPages:
    """Implements Pages. Also raises NotAuthenticated for a token that speaks for another account."""

    def __init__(self, graphql: GraphQL, clock: Clock) -> None:
        self._graphql = graphql
        self._clock = clock

    async def __call__(self, account: Account, document: Document) -> AsyncIterator[Sequence[Transaction]]:
        """As Pages."""
        cursor: str | None = None
        first_id = last_id = ""
        for _ in range(MAX_PAGES):
            page = await self._page(account, document, PAGE_ROWS, cursor)
            nodes = [edge.node for edge in page.edges]
            if cursor is not None and nodes and nodes[0].id == first_id:
                yield await self._after(account, document, last_id)
                return
            yield _inside(nodes, document)
            if _is_last(page, document):
                return
            first_id, last_id, cursor = nodes[0].id, nodes[-1].id, _next_cursor(page, cursor)
        raise TooLarge(MAX_PAGES * PAGE_ROWS)

    async def _after(self, account: Account, document: Document, last_id: str) -> Sequence[Transaction]:
        """What a long page has behind the movement of this id."""
        page = await self._page(account, document, LONG_PAGE_ROWS, None)
        ids = [edge.node.id for edge in page.edges]
        if last_id not in ids:
            raise UpstreamUnavailable(_OPERATION, "the list has changed meanwhile")
        if not _is_last(page, document):
            raise TooLarge(len(ids))
        return _inside([edge.node for edge in page.edges[ids.index(last_id) + 1 :]], document)

    async def _page(
        self, account: Account, document: Document, rows: int, cursor: str | None
    ) -> shapes.MovementConnection:
        variables = {"first": rows, "after": cursor, "wallets": [document.wallet_id]}
        data = await self._graphql.execute(
            _OPERATION, documents.TRANSACTION_PAGE, variables, token=account.token, timeout_s=READ_TIMEOUT_S
        )
        self._clock.charge("statement_page")
        holder = shapes.fit(_OPERATION, data, shapes.TransactionsData).me.default_account
        if holder.id != account.id:
            raise NotAuthenticated("the token speaks for another account")
        if holder.transactions.page_info is None:
            raise UpstreamUnavailable(_OPERATION, "a page without its end")
        return holder.transactions


def _inside(nodes: Sequence[shapes.MovementNode], document: Document) -> list[Transaction]:
    """Those in dollars, and of the document's time."""
    return [
        movement_of(node)
        for node in nodes
        if node.settlement_currency == _USD and document.begin_s <= node.created_at < document.end_s
    ]


def _is_last(page: shapes.MovementConnection, document: Document) -> bool:
    """Whether nothing that comes after it can be of the document's time."""
    if not page.edges or page.page_info is None or not page.page_info.has_next_page:
        return True
    return page.edges[-1].node.created_at < document.begin_s - _OUT_OF_ORDER_S


def _next_cursor(page: shapes.MovementConnection, cursor: str | None) -> str:
    """Raises UpstreamUnavailable for one that does not go on."""
    found = page.page_info.end_cursor if page.page_info else None
    if not found or found == cursor:
        raise UpstreamUnavailable(_OPERATION, "a page without a next one, though it says that there is one")
    return found
