"""The client and the simulated Flash, in virtual time."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from profiles.virtual_clock import VirtualClock, run_virtual
from service.core.payments import Payment, Target
from service.core.queries import Account
from service.gateway.flash_reads import FlashReads
from service.gateway.flash_wallet import FlashWallet
from service.gateway.graphql import GraphQL
from service.sandbox.asgi import Sandbox, build_sandbox
from service.sandbox.config import SandboxConfig
from service.sandbox.transport import SandboxTransport
from service.sandbox.world import World
from tests.gateway.fakes import Tally


class House:
    """A client of a demo sandbox."""

    def __init__(self, clock: VirtualClock, world: World | None = None, **config: Any) -> None:
        secrets = SandboxConfig("s3cret", "verify", "wa", phone_number_id="42", api_key="bot-key")
        self.sandbox: Sandbox = build_sandbox(msgspec.structs.replace(secrets, **config), world or World.demo(), clock)
        self.clock = clock
        self.meter = Tally()
        self.graphql = GraphQL(SandboxTransport(self.sandbox, clock), "https://flash.test/graphql", clock, self.meter)
        self.reads = FlashReads(self.graphql, clock)
        self.wallet = FlashWallet(self.graphql, service_token="bot-key", idempotency=True)

    def account(self, name: str) -> Account:
        account = self.sandbox.world.names[name]
        return Account(account.id, self.sandbox.world.token(account))

    def usd_wallet(self, name: str) -> str:
        return self.sandbox.world.names[name].usd_wallet_id

    def cents(self, name: str) -> int:
        return self.sandbox.world.ledger.balance(self.usd_wallet(name))

    def payment(self, target: Target, cents: int = 500) -> Payment:
        return Payment("p1", "u1", self.account("alice").id, self.usd_wallet("alice"), target, cents, "lunch", 0.0)

    def to_bob(self, cents: int = 500) -> Payment:
        return self.payment(Target("wallet", "@bob", self.usd_wallet("bob")), cents)


def within(act: Callable[[House], Awaitable[None]], **config: Any) -> None:
    async def main(clock: VirtualClock) -> None:
        await act(House(clock, **config))

    run_virtual(main, start_unix_s=1_800_000_000.0)  # people of the demo have a past
