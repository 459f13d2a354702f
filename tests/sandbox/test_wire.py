"""The sandbox over its two wires: the transport and ASGI."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import msgspec
import pytest

from profiles.virtual_clock import VirtualClock, run_virtual
from service.sandbox.asgi import Sandbox, build_sandbox
from service.sandbox.behaviour import Behaviour, Fate
from service.sandbox.config import SandboxConfig
from service.sandbox.latency import LatencyModel, OperationLatency
from service.sandbox.transport import SandboxTransport
from service.sandbox.world import World

START_S = 1_800_000_000.0
TEXT = {"messaging_product": "whatsapp", "to": "18765550101", "type": "text", "text": {"body": "hello"}}
PAY = """mutation($input: IntraLedgerUsdPaymentSendInput!) {
  intraLedgerUsdPaymentSend(input: $input) { status errors { code } } }"""

Test = Callable[[httpx.AsyncClient, Sandbox, VirtualClock], Awaitable[Any]]


def sandbox_on(clock: VirtualClock, **config: Any) -> Sandbox:
    secrets = SandboxConfig("s3cret", "verify", "wa-token", phone_number_id="42", api_key="bot-key")
    return build_sandbox(msgspec.structs.replace(secrets, **config), World.demo(), clock)


def through(wire: str, test: Test, **config: Any) -> Any:
    """Runs a test in virtual time over "transport" or "asgi"."""

    async def main(clock: VirtualClock) -> Any:
        sandbox = sandbox_on(clock, **config)
        transport: httpx.AsyncBaseTransport = SandboxTransport(sandbox, clock)
        if wire == "asgi":
            transport = httpx.ASGITransport(sandbox.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://sandbox", timeout=10) as client:
            return await test(client, sandbox, clock)

    return run_virtual(main, start_unix_s=START_S)


def payment(sandbox: Sandbox) -> dict[str, Any]:
    alice, bob = (sandbox.world.names[name] for name in ("alice", "bob"))
    fields = {"walletId": alice.usd_wallet_id, "recipientWalletId": bob.usd_wallet_id, "amount": 500}
    headers = {"Authorization": f"Bearer {sandbox.world.token(alice)}"}
    return {"json": {"query": PAY, "variables": {"input": fields}}, "headers": headers}


async def tour(client: httpx.AsyncClient, sandbox: Sandbox, clock: VirtualClock) -> list[Any]:
    """Every route once, right and wrong."""
    whatsapp = {"Authorization": "Bearer wa-token"}
    answers = [
        await client.post("/graphql", json={"query": "{ realtimePrice { timestamp usdCentPrice { base } } }"}),
        await client.post("/graphql", json={"query": "{ me { id } }"}),
        await client.post("/graphql", content=b"{"),
        await client.post("/graphql", **payment(sandbox)),
        await client.post("/v23.0/42/messages", json=TEXT, headers=whatsapp),
        await client.post("/v23.0/42/messages", json=TEXT),
        await client.post("/v23.0/43/messages", json=TEXT, headers=whatsapp),
        await client.post(
            "/v23.0/42/media",
            data={"messaging_product": "whatsapp"},
            files={"file": ("a.png", b"png", "image/png")},
            headers=whatsapp,
        ),
        await client.get("/sandbox/users"),
        await client.get("/sandbox/ledger?limit=3"),
        await client.get("/sandbox/messages", params={"to": "+1 876 555 0101", "after": "0"}),
        await client.get("/sandbox/media/1000000000000001"),
        await client.get("/sandbox/nothing"),
        await client.get("/"),
    ]
    return [(a.status_code, a.headers["content-type"], a.content, clock.now()) for a in answers]


def test_both_wires_give_the_same_answers() -> None:
    latency = LatencyModel(OperationLatency(100, 0.5))
    direct, served = (through(wire, tour, latency=latency) for wire in ("transport", "asgi"))
    assert direct == served
    assert [status for status, *_ in direct] == [200, 200, 400, 200, 200, 401, 400, 200, 200, 200, 200, 200, 404, 404]


def test_handlers_can_be_called_without_any_wire() -> None:
    async def main(clock: VirtualClock) -> tuple[int, float]:
        sandbox = sandbox_on(clock, latency=LatencyModel(OperationLatency(250)))
        body = b'{"query": "{ realtimePrice { id } }"}'
        status, headers, content = await sandbox.handle("POST", "/graphql", {}, {}, body)
        assert (headers, content) == ({"content-type": "application/json"}, b'{"data":{"realtimePrice":{"id":"USD"}}}')
        return status, clock.monotonic()

    assert run_virtual(main, start_unix_s=START_S) == (200, 0.25)


@pytest.mark.parametrize("wire", ["transport", "asgi"])
def test_answers_take_the_time_of_the_model(wire: str) -> None:
    async def test(client: httpx.AsyncClient, _sandbox: Sandbox, clock: VirtualClock) -> float:
        await asyncio.gather(*(client.post("/graphql", json={"query": "{ currencyList { id } }"}) for _ in range(5)))
        return clock.monotonic()

    assert through(wire, test, latency=LatencyModel(OperationLatency(400))) == 0.4


@pytest.mark.parametrize(("fate", "is_paid"), [(Fate.TIMEOUT_BEFORE, False), (Fate.TIMEOUT_AFTER, True)])
def test_a_client_gives_up_in_its_own_time(fate: Fate, is_paid: bool) -> None:
    async def test(client: httpx.AsyncClient, sandbox: Sandbox, clock: VirtualClock) -> None:
        with pytest.raises(httpx.ReadTimeout):
            await client.post("/graphql", **payment(sandbox))
        assert clock.monotonic() == 10
        assert sandbox.world.ledger.balance(sandbox.world.names["bob"].usd_wallet_id) == (4_700 if is_paid else 4_200)

    through("transport", test, behaviour=Behaviour(script=(fate,)))


def test_a_patient_client_hears_of_the_gateway() -> None:
    async def test(client: httpx.AsyncClient, sandbox: Sandbox, clock: VirtualClock) -> None:
        answer = await client.post("/graphql", **payment(sandbox), timeout=None)
        assert (answer.status_code, clock.monotonic()) == (504, 60)

    through("transport", test, behaviour=Behaviour(script=(Fate.TIMEOUT_AFTER,)))


def test_a_connection_breaks_after_the_payment() -> None:
    async def test(client: httpx.AsyncClient, sandbox: Sandbox, clock: VirtualClock) -> None:
        with pytest.raises(httpx.ReadError):
            await client.post("/graphql", **payment(sandbox))
        sent = client.build_request("POST", "/graphql", **payment(sandbox))
        body = await sent.aread()
        with pytest.raises(ConnectionResetError):
            await sandbox.handle("POST", "/graphql", {}, dict(sent.headers), body)
        assert sandbox.world.ledger.balance(sandbox.world.names["bob"].usd_wallet_id) == 5_200

    through("transport", test, behaviour=Behaviour(script=(Fate.RESET, Fate.RESET)))


@pytest.mark.parametrize("wire", ["transport", "asgi"])
def test_a_long_poll_ends_with_the_message_it_waits_for(wire: str) -> None:
    async def test(client: httpx.AsyncClient, _sandbox: Sandbox, clock: VirtualClock) -> None:
        wanted = {"to": "alice", "wait_s": "20"}
        waiting = asyncio.create_task(client.get("/sandbox/messages", params=wanted, timeout=30))
        headers = {"Authorization": "Bearer wa-token"}
        await clock.sleep(3)
        await client.post("/v23.0/42/messages", json=TEXT | {"to": "18765550102"}, headers=headers)
        await clock.sleep(4)
        assert not waiting.done()
        await client.post("/v23.0/42/messages", json=TEXT, headers=headers)
        found = (await waiting).json()
        assert [m["body"]["text"]["body"] for m in found["messages"]] == ["hello"]
        assert (clock.monotonic(), found["next"]) == (7, 2)
        again = await client.get("/sandbox/messages", params=wanted | {"after": found["next"]}, timeout=30)
        assert again.json() == {"messages": [], "next": 2}
        assert clock.monotonic() == 27

    through(wire, test)


def test_a_long_poll_is_never_longer_than_25_seconds() -> None:
    async def test(client: httpx.AsyncClient, _sandbox: Sandbox, clock: VirtualClock) -> float:
        await client.get("/sandbox/messages", params={"wait_s": "1000"}, timeout=None)
        return clock.monotonic()

    assert through("transport", test) == 25


def asgi(sandbox: Sandbox, messages: list[dict[str, Any]], **scope: Any) -> list[Any]:
    """What the application sends for these incoming ASGI messages."""
    sent: list[Any] = []
    incoming = iter(messages)

    async def receive() -> dict[str, Any]:
        message = next(incoming, None)
        return message if message is not None else await asyncio.Event().wait()  # type: ignore[return-value]  # never

    async def send(message: Any) -> None:
        sent.append(message)

    defaults = {"type": "http", "method": "GET", "path": "/sandbox/users", "headers": [], "query_string": b""}
    asyncio.run(sandbox.app(defaults | scope, receive, send))
    return sent


def run_virtual_asgi(config: SandboxConfig, messages: list[dict[str, Any]]) -> list[Any]:
    """Like `asgi` for a POST to /graphql, with a clock on which waiting takes time."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def main(clock: VirtualClock) -> None:
        incoming = iter(messages)

        async def receive() -> dict[str, Any]:
            return next(incoming)

        scope = {"type": "http", "method": "POST", "path": "/graphql", "headers": [], "query_string": b""}
        await build_sandbox(config, World.demo(), clock).app(scope, receive, send)

    run_virtual(main, start_unix_s=START_S)
    return sent


def test_only_this_machine_is_served(house: Any) -> None:
    request = [{"type": "http.request", "body": b""}]
    statuses = [
        asgi(house.sandbox, request, client=(host, 1))[0]["status"] for host in ("127.0.0.1", "::1", "192.0.2.1")
    ]
    assert statuses == [200, 200, 403]


def test_a_body_without_end_is_refused(house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.sandbox.wire._MAX_BODY_BYTES", 10)
    chunk = {"type": "http.request", "body": b"123456", "more_body": True}
    assert asgi(house.sandbox, [chunk, chunk])[0]["status"] == 413


def test_a_body_in_pieces_is_put_together(house: Any) -> None:
    pieces = [b'{"query": "{ real', b'timePrice { id } }"}']
    request = [{"type": "http.request", "body": piece, "more_body": piece is pieces[0]} for piece in pieces]
    sent = asgi(house.sandbox, request, method="POST", path="/graphql")
    assert sent[1]["body"] == b'{"data":{"realtimePrice":{"id":"USD"}}}'


def test_a_client_that_hangs_up_is_not_waited_for(house: Any) -> None:
    request: list[dict[str, Any]] = [{"type": "http.request", "body": b""}, {"type": "http.disconnect"}]
    assert asgi(house.sandbox, request, path="/sandbox/messages", query_string=b"wait_s=20") == []


def test_a_client_that_hangs_up_before_a_slow_answer_gets_none(make_house: Any) -> None:
    house = make_house(latency=LatencyModel(OperationLatency(5_000)))
    body = b'{"query": "{ currencyList { id } }"}'
    request: list[dict[str, Any]] = [{"type": "http.request", "body": body}, {"type": "http.disconnect"}]
    assert run_virtual_asgi(house.config, request) == []


def test_the_application_lives_and_dies_with_its_server(house: Any) -> None:
    sent = asgi(house.sandbox, [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}], type="lifespan")
    assert [message["type"] for message in sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
