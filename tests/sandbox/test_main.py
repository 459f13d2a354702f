"""The sandbox as a process of its own."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from service.sandbox.world import World

PAY = """mutation($input: IntraLedgerUsdPaymentSendInput!) {
  intraLedgerUsdPaymentSend(input: $input) { status errors { code } } }"""


@contextlib.contextmanager
def running(*options: str) -> Iterator[str]:
    """The base URL of a sandbox."""
    process = subprocess.Popen([sys.executable, "-m", "service.sandbox", *options], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = json.loads(process.stdout.readline())
        assert line["graphql"] == f"http://127.0.0.1:{line['port']}/graphql"
        yield f"http://127.0.0.1:{line['port']}"
    finally:
        process.terminate()
        process.communicate(timeout=20)


@pytest.mark.real
def test_it_serves_the_demo_world() -> None:
    with running() as url, httpx.Client(base_url=url, trust_env=False) as client:
        users = {user["name"]: user for user in client.get("/sandbox/users").json()["users"]}
        assert users["alice"]["balance_cents"] == 25_000
        text = {"messaging_product": "whatsapp", "to": "18765550101", "text": {"body": "hello"}}
        headers = {"Authorization": "Bearer sandbox-access-token"}
        sent = client.post("/v23.0/100000000000002/messages", json=text, headers=headers)
        recorded = client.get("/sandbox/messages", params={"to": "alice"}).json()["messages"]
        assert [m["id"] for m in recorded] == [sent.json()["messages"][0]["id"]]


@pytest.mark.real
def test_a_reset_breaks_the_connection_after_the_payment() -> None:

    world = World.demo()
    alice, bob = world.names["alice"], world.names["bob"]
    fields = {"walletId": alice.usd_wallet_id, "recipientWalletId": bob.usd_wallet_id, "amount": 444}
    headers = {"Authorization": f"Bearer {world.token(alice)}"}
    with running() as url, httpx.Client(base_url=url, trust_env=False) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            client.post("/graphql", json={"query": PAY, "variables": {"input": fields}}, headers=headers)
        assert client.get("/sandbox/ledger").json()["balances_cents"]["bob"] == 4_644


@pytest.mark.real
def test_it_serves_a_generated_world_on_a_chosen_port() -> None:
    with running("--users", "50", "--seed", "3", "--frozen-prices", "--no-idempotency") as url:
        answer = httpx.get(f"{url}/sandbox/users", trust_env=False).json()
        assert len(answer["users"]) == 50
        assert answer["magic_amounts"] == []
