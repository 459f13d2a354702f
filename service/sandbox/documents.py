"""GraphQL documents against the sandbox's schema: each text is parsed and validated once."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionSetNode,
    build_schema,
    parse,
    validate,
)

from service.sandbox import linking, queries, receiving, sending
from service.sandbox.calls import Call, Fields, Refusal

__all__ = ["Document", "Documents", "documents", "schema"]

_MAX_DOCUMENTS = 512
_KEY_FIELD = "  idempotencyKey: String\n"

_Operation = Callable[[Call, Fields], Any]

_QUERIES: dict[str, _Operation] = {
    "me": queries.me,
    "realtimePrice": queries.realtime_price,
    "currencyList": queries.currency_list,
    "accountDefaultWallet": queries.account_default_wallet,
    "usernameAvailable": queries.username_available,
}
_PAYLOAD_QUERIES: dict[str, _Operation] = {
    "lnInvoicePaymentStatus": queries.invoice_status,
    "transactionDetails": queries.transaction_details,
}
_MUTATIONS: dict[str, _Operation] = {
    "userPhoneRegistrationInitiate": linking.initiate_phone_registration,
    "userLogin": linking.login,
    "userUpdateUsername": linking.update_username,
    "intraLedgerUsdPaymentSend": sending.send_intraledger,
    "lnInvoicePaymentSend": sending.send_to_invoice,
    "lnNoAmountUsdInvoicePaymentSend": sending.send_to_no_amount_invoice,
    "lnUsdInvoiceCreate": receiving.create_usd_invoice,
    "lnNoAmountInvoiceCreate": receiving.create_no_amount_invoice,
    "lnUsdInvoiceFeeProbe": receiving.probe_fee,
}


class Document(msgspec.Struct, frozen=True):
    """A text that was looked at: either `errors` (its JSON form) or a valid `node`.

    `operations` names, by operation name, the root fields for which latencies are kept (see LatencyModel).
    """

    node: DocumentNode | None
    errors: list[dict[str, Any]]
    operations: dict[str | None, tuple[str, ...]]


class Documents:
    """The latest 512 texts."""

    def __init__(self, api: GraphQLSchema) -> None:
        self._schema = api
        self._known: OrderedDict[str, Document] = OrderedDict()

    def get(self, text: str) -> Document:
        document = self._known.get(text)
        if document is None:
            document = self._known[text] = _look_at(text, self._schema)
            if len(self._known) > _MAX_DOCUMENTS:
                self._known.popitem(last=False)
        return document


@cache
def documents(*, idempotency: bool) -> Documents:
    """The texts known in this process: what a text means depends on nothing that differs between sandboxes."""
    return Documents(schema(idempotency=idempotency))


@cache
def schema(*, idempotency: bool) -> GraphQLSchema:
    """The API with its resolvers. Without `idempotency` it is that of an older server, which refuses the field."""
    text = files("service.sandbox").joinpath("flash.graphql").read_text(encoding="utf-8")
    api = build_schema(text if idempotency else text.replace(_KEY_FIELD, ""))
    if api.query_type is None or api.mutation_type is None:
        raise TypeError("the schema has no queries or no mutations")
    for name, operation in _QUERIES.items():
        api.query_type.fields[name].resolve = _resolver(operation)
    for name, operation in _PAYLOAD_QUERIES.items():
        api.query_type.fields[name].resolve = _payload_resolver(operation)
    for name, operation in _MUTATIONS.items():
        api.mutation_type.fields[name].resolve = _payload_resolver(operation)
    return api


def _resolver(operation: _Operation) -> Callable[..., Any]:
    def resolve(_root: None, info: Any, **arguments: Any) -> Any:
        return operation(info.context, arguments)

    return resolve


def _payload_resolver(operation: _Operation) -> Callable[..., Any]:
    """Refusals go into the payload, but for the one that says that nobody is logged in."""

    def resolve(_root: None, info: Any, **arguments: Any) -> Any:
        try:
            return {"errors": [], **operation(info.context, arguments)}
        except Refusal as refusal:
            if refusal.code == "NOT_AUTHENTICATED":
                raise
            error = {"code": refusal.code, "message": str(refusal), "path": None}
            return {"errors": [{"__typename": "GraphQLApplicationError", **error}]}

    return resolve


def _look_at(text: str, api: GraphQLSchema) -> Document:
    try:
        node = parse(text)
    except GraphQLError as error:
        return Document(None, [_formatted(error, "GRAPHQL_PARSE_FAILED")], {})
    errors = validate(api, node)
    if errors:
        return Document(None, [_formatted(error, "GRAPHQL_VALIDATION_FAILED") for error in errors], {})
    return Document(node, [], _operations(node))


def _operations(node: DocumentNode) -> dict[str | None, tuple[str, ...]]:
    fragments = {part.name.value: part for part in node.definitions if isinstance(part, FragmentDefinitionNode)}
    return {
        part.name.value if part.name else None: tuple(
            _latency_name(field, fragments) for field in _fields(part.selection_set, fragments)
        )
        for part in node.definitions
        if isinstance(part, OperationDefinitionNode)
    }


def _formatted(error: GraphQLError, code: str) -> dict[str, Any]:
    return {**error.formatted, "extensions": {"code": code}}


def _latency_name(root: FieldNode, fragments: dict[str, FragmentDefinitionNode]) -> str:
    """The root field; `me` is several reads in one, as different in cost as in content."""
    if root.name.value != "me" or root.selection_set is None:
        return root.name.value
    fields = list(_fields(root.selection_set, fragments))
    inner = [part for field in fields if field.selection_set for part in _fields(field.selection_set, fragments)]
    if "transactions" in _names(inner):
        return "transactions"
    return "balance" if _names(fields) == ["defaultAccount"] else "me"


def _names(fields: list[FieldNode]) -> list[str]:
    return [field.name.value for field in fields]


def _fields(selection: SelectionSetNode, fragments: dict[str, FragmentDefinitionNode]) -> Iterator[FieldNode]:
    """The fields of a selection, those of its fragments included; validation has ruled cycles out."""
    for part in selection.selections:
        if isinstance(part, FieldNode):
            yield part
        elif isinstance(part, FragmentSpreadNode):
            yield from _fields(fragments[part.name.value].selection_set, fragments)
        else:
            yield from _fields(part.selection_set, fragments)  # type: ignore[attr-defined]  # only inline fragments are left
