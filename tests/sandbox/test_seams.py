"""What whoever runs the sandbox in process can see and decide: orders, and how they end."""

import msgspec

from profiles.virtual_clock import VirtualClock, run_virtual
from service.sandbox.asgi import build_sandbox
from service.sandbox.behaviour import Behaviour, Fate, Fates
from service.sandbox.config import SandboxConfig
from service.sandbox.payments import Order
from service.sandbox.world import World

PAY = "mutation pay($input: IntraLedgerUsdPaymentSendInput!) { intraLedgerUsdPaymentSend(input: $input) { status } }"
CONFIG = SandboxConfig(app_secret="s", verify_token="v", access_token="t", phone_number_id="1", api_key="k")


def statuses_and_orders(*fates: Fate) -> tuple[list[str], list[Order]]:
    """One payment of $5 from alice to bob for each fate."""

    async def main(clock: VirtualClock) -> tuple[list[str], list[Order]]:
        orders: list[Order] = []
        decided = Fates(Behaviour(), 0)
        world = World.demo()
        sandbox = build_sandbox(CONFIG, world, clock, on_order=lambda order, _: orders.append(order), fates=decided)
        alice, bob = world.names["alice"], world.names["bob"]
        headers = {"authorization": f"Bearer {world.token(alice)}"}
        fields = {"walletId": alice.usd_wallet_id, "recipientWalletId": bob.usd_wallet_id, "amount": 500}
        body = msgspec.json.encode({"operationName": "pay", "query": PAY, "variables": {"input": fields}})
        decided.push(*fates)
        answers = [msgspec.json.decode(sandbox.flash.answer(headers, body).body) for _ in fates]
        return [answer["data"]["intraLedgerUsdPaymentSend"]["status"] for answer in answers], orders

    return run_virtual(main, start_unix_s=0.0)


def test_every_order_is_seen_when_its_money_is_taken_whatever_is_answered() -> None:
    fates = (Fate.SUCCESS, Fate.FAILURE, Fate.PENDING, Fate.FALSE_FAILURE, Fate.FALSE_SUCCESS)
    statuses, orders = statuses_and_orders(*fates)
    assert statuses == ["SUCCESS", "FAILURE", "PENDING", "FAILURE", "SUCCESS"]
    assert [order.cents for order in orders] == [500] * 3  # neither the failure nor the false success
