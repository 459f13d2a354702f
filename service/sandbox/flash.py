"""The simulated Flash over HTTP: POST /graphql."""

from collections.abc import Mapping
from typing import Any

import msgspec
from graphql import GraphQLError, execute_sync

from service.core.errors import PulseError
from service.ports import Clock
from service.sandbox.accounts import Account
from service.sandbox.behaviour import Fate
from service.sandbox.calls import Call, Refusal, Services
from service.sandbox.documents import Document, documents, schema
from service.sandbox.latency import Delay, Delays
from service.sandbox.replies import Reply, json_reply

__all__ = ["FlashApi"]


class _Body(msgspec.Struct):
    query: str
    variables: dict[str, Any] | None = None
    operationName: str | None = None  # noqa: N815 - the name on the wire


_DECODER = msgspec.json.Decoder(_Body)
_SORTED = msgspec.json.Encoder(order="sorted")


class FlashApi:
    """Answers GraphQL requests.

    A request does its work when it arrives, all at once, and its answer is then on its way for as long as the latency
    model says: nothing depends on whether the client still waits for it.
    """

    def __init__(self, services: Services, clock: Clock, delays: Delays, api_key: str, *, idempotency: bool) -> None:
        self._services = services
        self._clock = clock
        self._delays = delays
        self._api_key = api_key
        self._schema = schema(idempotency=idempotency)
        self._documents = documents(idempotency=idempotency)
        self.calls: dict[str, int] = {}
        """How often each operation was asked for, by the names of the latency model."""

    def answer(self, headers: Mapping[str, str], body: bytes) -> Reply:
        """Carries one request out. `headers` have lower-case names."""
        try:
            request = _DECODER.decode(body)
        except msgspec.DecodeError as error:
            return _errors([_error("BAD_REQUEST", str(error))], 400)
        try:
            account = self._authenticate(headers)
        except Refusal as refusal:
            return _errors([_error(refusal.code, str(refusal))], 401)
        document = self._documents.get(request.query)
        if document.node is None:
            return _errors(document.errors, 400)
        names = _operations(document, request.operationName)
        if names is None:
            return _errors([_error("OPERATION_RESOLUTION_FAILURE", "Unknown or ambiguous operation name")], 400)
        return self._carry_out(request, document, names, account)

    def _carry_out(self, request: _Body, document: Document, names: tuple[str, ...], account: Account | None) -> Reply:
        for name in names:
            self.calls[name] = self.calls.get(name, 0) + 1
        now_s = self._clock.now()
        self._services.payments.advance(now_s)
        delay = self._delays.draw(names, self._identity(account, request.variables), now_s)
        if delay.trouble is not None:
            return _down(delay)
        call = Call(self._services, account, now_s, delay.delay_s)
        reply = self._execute(request, document, call)
        return self._disturb(reply, call)

    def _execute(self, request: _Body, document: Document, call: Call) -> Reply:
        """Runs the document; execute_sync and plain dicts are the cheap way through graphql-core."""
        if document.node is None:
            raise PulseError("an invalid document cannot be executed")
        result = execute_sync(
            self._schema,
            document.node,
            context_value=call,
            variable_values=request.variables,
            operation_name=request.operationName,
        )
        if result.errors:
            return _failed(result.data, result.errors, call.delay_s)
        return json_reply({"data": result.data}, delay_s=call.delay_s)

    def _disturb(self, reply: Reply, call: Call) -> Reply:
        """What the wire makes of an answer to a payment."""
        match call.fate:
            case Fate.TIMEOUT_BEFORE | Fate.TIMEOUT_AFTER:
                return _down(Delay(self._services.behaviour.hang_s, "timeout"))
            case Fate.ERROR_BEFORE | Fate.ERROR_AFTER:
                return _down(Delay(reply.delay_s, "error"))
            case Fate.CONFLICT:
                return _errors([_error("CONFLICT", "A request with this key was made before")], 409, reply.delay_s)
            case Fate.GARBLED:
                return msgspec.structs.replace(reply, body=reply.body[: len(reply.body) // 2])
            case Fate.RESET:
                return msgspec.structs.replace(reply, is_broken=True)
            case _:
                return reply

    def _authenticate(self, headers: Mapping[str, str]) -> Account | None:
        """Who asks; nobody without a header. Raises Refusal NOT_AUTHENTICATED for a header that proves nothing."""
        authorization, key = headers.get("authorization"), headers.get("x-api-key")
        if not authorization and key is None:
            return None
        scheme, _, token = (authorization or "").partition(" ")
        if self._api_key and self._api_key in (key, token):
            return self._services.world.service
        account = self._services.world.account_of(token) if scheme.lower() == "bearer" else None
        if account is None:
            raise Refusal("NOT_AUTHENTICATED", "Not authenticated")
        return account

    def _identity(self, account: Account | None, variables: dict[str, Any] | None) -> str:
        """Who asks for what, in a form in which two arms agree.

        An idempotency key is a nonce, and an invoice's text depends on the second it was made in: the first is left
        out, the second replaced by its hash.
        """
        what = {**(variables or {})}
        if isinstance(what.get("input"), dict):
            what["input"] = {k: v for k, v in what["input"].items() if k != "idempotencyKey"}
            request = what["input"].get("paymentRequest")
            invoice = self._services.world.invoices.find(request) if isinstance(request, str) else None
            if invoice is not None:
                what["input"]["paymentRequest"] = invoice.payment_hash
        return f"{account.id if account else '-'}|{_SORTED.encode(what).decode()}"


def _failed(data: dict[str, Any] | None, errors: list[GraphQLError], delay_s: float) -> Reply:
    """Errors in their place, or a request that could not be begun: its variables do not fit."""
    if all(error.path is None for error in errors):
        return _errors([_error("BAD_USER_INPUT", error.message) for error in errors], 400, delay_s)
    for error in errors:
        if error.original_error is not None and not isinstance(error.original_error, Refusal):
            raise error.original_error  # a fault of the sandbox itself must not look like an answer
    return json_reply({"data": data, "errors": [error.formatted for error in errors]}, delay_s=delay_s)


def _operations(document: Document, name: str | None) -> tuple[str, ...] | None:
    if name is None and len(document.operations) == 1:
        return next(iter(document.operations.values()))
    return document.operations.get(name)


def _error(code: str, message: str) -> dict[str, Any]:
    return {"message": message, "extensions": {"code": code}}


def _errors(errors: list[dict[str, Any]], status: int, delay_s: float = 0.0) -> Reply:
    return json_reply({"errors": errors}, status, delay_s)


def _down(delay: Delay) -> Reply:
    """A gateway's answer when the server behind it is not there (503) or not in time (504)."""
    status = 503 if delay.trouble == "error" else 504
    return Reply(status, b"upstream unavailable", delay.delay_s, "text/plain")
