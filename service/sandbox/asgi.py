"""The sandbox as one thing: handlers that can be called directly, and the same as an ASGI application."""

from collections.abc import Callable, Mapping

from service.ports import Clock
from service.sandbox.accounts import Account
from service.sandbox.behaviour import Fates
from service.sandbox.calls import Services, outside_invoice
from service.sandbox.config import SandboxConfig
from service.sandbox.control import Control
from service.sandbox.delivery import Courier
from service.sandbox.flash import FlashApi
from service.sandbox.history import History
from service.sandbox.idempotency import Idempotency
from service.sandbox.latency import Delays
from service.sandbox.limits import Codes, RateLimit
from service.sandbox.payments import Order, Payments
from service.sandbox.prices import Prices
from service.sandbox.replies import Reply, json_reply
from service.sandbox.whatsapp import Recorded, WhatsAppApi
from service.sandbox.wire import AsgiApp
from service.sandbox.world import World

__all__ = ["Sandbox", "build_sandbox"]


class Sandbox:
    """A simulated Flash and a simulated WhatsApp around one world.

    `app` is the ASGI application; `flash`, `whatsapp`, `courier`, `fates` and `world` are there for whoever runs the
    sandbox in the same process.
    """

    def __init__(
        self,
        *,
        services: Services,
        flash: FlashApi,
        whatsapp: WhatsAppApi,
        courier: Courier,
        control: Control,
        clock: Clock,
    ) -> None:
        self._services = services
        self.world = services.world
        self.fates = services.fates
        self.flash = flash
        self.whatsapp = whatsapp
        self.courier = courier
        self._control = control
        self._clock = clock
        self.app = AsgiApp(self.respond, self.aclose, clock)

    def invoice(self, account: Account, cents: int | None, ttl_s: int = 60) -> str:
        """A BOLT11 invoice of somebody who does not use the bot to make it; without `cents` its payer says how much."""
        return outside_invoice(self._services, account, cents, self._clock.now(), ttl_s)

    async def respond(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes
    ) -> Reply:
        """The answer to a request, at once: its `delay_s` is the caller's to wait for. `headers` are in lower case."""
        match method, path.strip("/").split("/"):
            case "POST", ["graphql"]:
                return self.flash.answer(headers, body)
            case "POST", [_, phone_number_id, "messages"]:
                return self.whatsapp.answer_message(phone_number_id, headers, body)
            case "POST", [_, phone_number_id, "media"]:
                return self.whatsapp.answer_media(phone_number_id, headers, body)
            case _, ["sandbox", *route]:
                return await self._control.answer(method, "/".join(route), query, body)
            case _:
                return json_reply({"error": "no such route"}, 404)

    async def handle(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the answer, when its time has come.

        Raises ConnectionResetError when the connection is to break instead.
        """
        reply = await self.respond(method, path, query, headers, body)
        if reply.delay_s > 0:
            await self._clock.sleep(reply.delay_s)
        if reply.is_broken:
            raise ConnectionResetError
        return reply.status, reply.headers, reply.body

    async def aclose(self) -> None:
        """Closes what was opened to deliver messages."""
        await self.courier.aclose()


def build_sandbox(
    config: SandboxConfig,
    world: World,
    clock: Clock,
    *,
    on_message: Callable[[Recorded], None] | None = None,
    on_order: Callable[[Order, float], None] | None = None,
    fates: Fates | None = None,
) -> Sandbox:
    """A sandbox whose latencies and outages count from now on the clock.

    `on_message` sees what the bot sends, `on_order` each payment when its money is taken; `fates` decide how payments
    end in the place of what `config` says.
    """
    started_at_s = clock.now()
    prices = Prices(config.seed, moving=config.moving_prices)
    history = History(world.seed, started_at_s, world, prices)
    world.statements.use_past(history.rows, history.long_past)
    services = Services(
        world=world,
        prices=prices,
        payments=Payments(world, prices, on_order),
        fates=fates or Fates(config.behaviour, config.seed),
        behaviour=config.behaviour,
        codes=Codes(),
        idempotency=Idempotency(),
        invoice_limit=RateLimit(20, 120, 300),
        cursors=config.cursors,
    )
    delays = Delays(config.latency, config.seed, started_at_s)
    flash = FlashApi(services, clock, delays, config.api_key, idempotency=config.idempotency)
    whatsapp = WhatsAppApi(
        clock,
        delays,
        access_token=config.access_token,
        phone_number_id=config.phone_number_id,
        on_message=on_message,
    )
    courier = Courier(config, world, clock)
    control = Control(services, whatsapp, courier, delays, clock)
    return Sandbox(services=services, flash=flash, whatsapp=whatsapp, courier=courier, control=control, clock=clock)
