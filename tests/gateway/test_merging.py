"""Merged documents: every part keeps its meaning, under a name of its own."""

from collections.abc import Sequence
from itertools import product

import pytest
from graphql import FieldNode, OperationDefinitionNode, parse, validate

from service.gateway import documents
from service.gateway.merging import Part, alias, merge
from service.sandbox.documents import schema

PARTS = (
    Part(documents.PRICE, {"currency": "USD"}),
    Part(documents.RATE, {"currency": "JMD"}),
    Part(documents.CURRENCIES, {}),
    Part(documents.RECIPIENT, {"username": "bob", "walletCurrency": "USD"}),
    Part(documents.PROFILE, {}),
    Part(documents.BALANCE, {}),
    Part(documents.TRANSACTIONS, {"first": 10}),
)


def root_fields(text: str) -> list[FieldNode]:
    [operation] = parse(text).definitions
    assert isinstance(operation, OperationDefinitionNode)
    return [node for node in operation.selection_set.selections if isinstance(node, FieldNode)]


@pytest.mark.parametrize("parts", [*product(PARTS, PARTS), PARTS, PARTS[::-1]])
def test_a_merged_document_is_valid(parts: Sequence[Part]) -> None:
    assert validate(schema(idempotency=True), parse(merge("batch", parts).document)) == []


def test_every_part_has_its_alias_in_order() -> None:
    merged = merge("batch", PARTS)
    roots = root_fields(merged.document)
    assert [root.alias.value if root.alias else None for root in roots] == [alias(n) for n in range(len(PARTS))]
    assert tuple(root.name.value for root in roots) == merged.fields


def test_every_part_keeps_its_own_variables() -> None:
    merged = merge("batch", [PARTS[0], PARTS[1], PARTS[3]])
    assert merged.variables == {"currency0": "USD", "currency1": "JMD", "username2": "bob", "walletCurrency2": "USD"}


def test_the_text_depends_on_the_kinds_alone() -> None:
    other = Part(documents.RATE, {"currency": "EUR"})
    assert merge("batch", [PARTS[0], other]).document == merge("batch", [PARTS[0], PARTS[1]]).document


@pytest.mark.parametrize(
    "document", [documents.PAY_WALLET, documents.LOGIN, documents.CREATE_INVOICE, "{ me { id } }", ""]
)
def test_what_changes_something_or_has_no_name_is_refused(document: str) -> None:
    with pytest.raises(ValueError, match="not a query of one field"):
        merge("batch", [PARTS[0], Part(document, {})])
