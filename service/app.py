"""The map: every stage is built here and nowhere else, and `build` reads top to bottom as the path of a message.

    edge ──> inbox ──> lanes ──> worker ──> dispatcher ──> command ──> Flash, store
                                    └──> outbox ──> sender ──> WhatsApp

Each run-time item of the roadmap is one `switched(...)`: the way with it and the way without it, chosen per message.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from openfeature import api

from service import switching
from service.bot import Asgi, Bot, Housekeeping
from service.commands.aims import Aims
from service.commands.answer import CancelCommand, ConfirmCommand
from service.commands.balance import BalanceCommand
from service.commands.contacts import ContactsCommand
from service.commands.help import HelpCommand
from service.commands.history import HistoryCommand
from service.commands.link import LinkCommand
from service.commands.parsing import amount_answer, parse
from service.commands.paying import Paying
from service.commands.price import PriceCommand
from service.commands.proposing import Proposing
from service.commands.receive import ReceiveCommand
from service.commands.refresh import RefreshCommand
from service.commands.registry import Registry
from service.commands.send import SendCommand
from service.commands.unknown import UnknownCommand
from service.commands.unlink import UnlinkCommand
from service.commands.username import UsernameCommand
from service.commands.verify import VerifyCommand
from service.core.breaker import BreakerPolicy
from service.core.errors import StoreError
from service.core.freshness import LONG_TTL_S, SHORT_TTL_S, Namespace
from service.core.queries import Query
from service.core.switches import FlagState
from service.edge.routes import Routes
from service.edge.webhook import Webhook
from service.flow.dispatcher import Dispatcher
from service.flow.lanes import Lanes
from service.flow.nursery import Nursery
from service.flow.switchboard import FlagProvider, Switchboard, load_provider
from service.flow.together import at_once, in_sequence
from service.flow.understand import understand
from service.flow.worker import Worker
from service.gateway.breaker_reads import BreakerReads
from service.gateway.cache_manager import CacheManager
from service.gateway.client import flash_client
from service.gateway.counted import Counted
from service.gateway.flash_reads import FlashReads
from service.gateway.flash_wallet import FlashWallet
from service.gateway.graphql import GraphQL
from service.gateway.single_flight import SingleFlight
from service.gateway.site_cache import SiteCache
from service.gateway.usage import Usage
from service.gateway.warmer import Warmer
from service.observe.meter import MemoryMeter
from service.ports import CacheStore, Clock, Dice, Fetch, Forget, Meter, Spawn, TtlFor
from service.reply.client import whatsapp_client
from service.reply.formatters import interactive
from service.reply.qr import draw_qr
from service.reply.sender import Sender
from service.reply.whatsapp import WhatsAppChat
from service.roadmap import phase_switches, switch_keys
from service.settings import Settings, encryption_key
from service.store.cache import RedisCache, RedisStats, RedisUsage
from service.store.clients import Client, pooled_client, shared_client
from service.store.commands import Run
from service.store.contacts import RedisContacts
from service.store.control import RedisControl
from service.store.flags import RedisFlags
from service.store.inbox import RedisInbox
from service.store.one_by_one import OneByOne
from service.store.outbox import RedisOutbox
from service.store.payments import RedisPayments
from service.store.pipelined import Pipelined
from service.store.sealing import Sealer
from service.store.sessions import RedisSessions
from service.switching import switched

__all__ = ["Outside", "build"]

FOREIGN_FLAGS_S = 2.0
"""How long answers of a flag provider that is not ours are remembered."""

SERVICE = "service"
"""Work that belongs to no user is switched as if one user of this name did it."""


@dataclass(frozen=True, slots=True)
class Outside:
    """Everything that is not the program: time, chance, and what may stand in the place of sockets.

    `transport` is an httpx transport, `connection` options of redis-py's connections. `on_read` is told of every read
    and when it was asked for, `on_forget` of everything that is to be forgotten of an account.
    """

    clock: Clock
    dice: Dice
    transport: Any = None
    connection: Mapping[str, Any] | None = None
    on_read: Callable[[Query, float], None] | None = None
    on_forget: Callable[[str, frozenset[Namespace]], None] | None = None


def build(settings: Settings, outside: Outside, *, about: Mapping[str, object] | None = None) -> Bot:
    """The bot, wired and not yet started. `settings` are complete, with `redis_url`. Raises ConfigError."""
    clock, dice = outside.clock, outside.dice
    meter = MemoryMeter()
    spawn = Nursery(meter)
    flags = FlagProvider(
        {key: FlagState(100.0 * (key in phase_switches(settings.pulse_phase))) for key in switch_keys()}
    )
    name = f"pulse-{dice.token(4).hex()}"
    board = _switchboard(settings, flags, clock, name)

    # The store: systems of record first, caches in a key space of their own.
    shared, pooled, apart = (_client(make, settings, outside) for make in (shared_client, pooled_client, shared_client))
    run = _redis(shared, pooled, spawn)
    sealer = Sealer(encryption_key(settings), dice)
    payments = RedisPayments(run, dice)
    sessions = RedisSessions(run, sealer, payments, meter)
    contacts = RedisContacts(run, meter)
    inbox = RedisInbox(run, dice, meter)
    outbox = RedisOutbox(run, dice, meter)
    cache = RedisCache(run)

    # Flash: reads through the optimizations, everything that changes something past them.
    flash_http = flash_client(outside.transport)
    graphql = GraphQL(flash_http, settings.flash_api_url, clock, meter)
    usage = Usage(clock)
    fetch, forget, manager = _reads(FlashReads(graphql, clock), cache, usage, outside, spawn, meter)
    fetch = Counted(fetch, meter, clock, outside.on_read)
    wallet = FlashWallet(graphql, service_token=settings.flash_api_key, idempotency=settings.flash_idempotency)

    # Commands.
    together = switched("1.2", on=at_once, off=in_sequence)
    aims = Aims(sessions=sessions, contacts=contacts)
    proposing = Proposing(fetch=fetch, together=together, payments=payments)
    paying = Paying(payments=payments, wallet=wallet, forget=forget)
    registry = Registry(
        [
            HelpCommand(),
            LinkCommand(wallet=wallet, sessions=sessions),
            VerifyCommand(wallet=wallet, sessions=sessions),
            UnlinkCommand(sessions=sessions, forget=forget),
            BalanceCommand(fetch=fetch, together=together),
            RefreshCommand(fetch=fetch, together=together),
            PriceCommand(fetch=fetch, together=together),
            UsernameCommand(fetch=fetch, forget=forget, wallet=wallet, sessions=sessions),
            SendCommand(fetch=fetch, together=together, aims=aims, proposing=proposing),
            ConfirmCommand(fetch=fetch, together=together, payments=payments, proposing=proposing, paying=paying),
            CancelCommand(payments=payments, paying=paying),
            ReceiveCommand(fetch=fetch, together=together, wallet=wallet),
            HistoryCommand(fetch=fetch),
            ContactsCommand(contacts=contacts),
            UnknownCommand(),
        ],
        sessions=sessions,
    )

    # Replies.
    whatsapp_http = whatsapp_client(outside.transport)
    chat = WhatsAppChat(
        whatsapp_http,
        base_url=settings.whatsapp_api_url,
        version=settings.whatsapp_api_version,
        phone_number_id=settings.whatsapp_phone_number_id,
        token=settings.whatsapp_access_token,
        draw=draw_qr,
        meter=meter,
        clock=clock,
    )
    sender = Sender(chat=chat, outbox=outbox, meter=meter, clock=clock)

    # From a message to its replies.
    dispatcher = Dispatcher(
        sessions=sessions,
        understand=partial(understand, parse=parse, amount_answer=amount_answer),
        run=registry.run,
        word=interactive,
        clock=clock,
        meter=meter,
    )
    worker = Worker(
        snapshot=board.snapshot,
        use=switching.use,
        desk=dispatcher,
        outbox=outbox,
        deliver=sender.deliver,
        clock=clock,
        meter=meter,
    )
    lanes = Lanes(worker, spawn, meter)
    webhook = Webhook(
        app_secret=settings.whatsapp_app_secret,
        verify_token=settings.whatsapp_verify_token,
        inbox=inbox,
        hand_over=lanes.put,
        has_room=lanes.has_room,
        clock=clock,
        meter=meter,
    )

    # What goes on beside the messages has a connection of its own.
    aside = OneByOne(apart)
    warmer = Warmer(
        manager,
        usage,
        RedisUsage(run),
        sessions.find_account,
        clock,
        meter=meter,
        is_on=lambda: "3.2" in board.snapshot(SERVICE),
    )
    housekeeping = Housekeeping(
        flags=lambda: flags.refresh(RedisFlags(aside)),
        inbox=RedisInbox(aside, dice, meter),
        stats=RedisStats(aside),
        control=RedisControl(aside, clock),
        warmer=warmer,
        sender=sender,
    )
    routes = Routes(webhook, is_ready=lambda: _answers(aside), about={"phase": settings.pulse_phase, **(about or {})})
    return Bot(
        name=name,
        asgi=_following(routes, board),
        lanes=lanes,
        spawn=spawn,
        clock=clock,
        meter=meter,
        housekeeping=housekeeping,
        run=run,
        shared=shared,
        pooled=pooled,
        apart=apart,
        close=(flash_http.aclose, whatsapp_http.aclose),
        follow=lambda: switching.follow(lambda: board.snapshot(SERVICE)),
        inbox=inbox,
        outbox=outbox,
        sessions=sessions,
        contacts=contacts,
    )


def _switchboard(settings: Settings, flags: FlagProvider, clock: Clock, domain: str) -> Switchboard:
    """Each bot has an OpenFeature domain of its own, so that several can live in one process."""
    if settings.pulse_flag_provider is None:
        api.set_provider_and_wait(flags, domain)
        return Switchboard(domain, switch_keys(), lambda: flags.revision)
    api.set_provider_and_wait(load_provider(settings.pulse_flag_provider), domain)
    return Switchboard(domain, switch_keys(), lambda: int(clock.monotonic() / FOREIGN_FLAGS_S))


def _client(make: Callable[..., Client], settings: Settings, outside: Outside) -> Client:
    return make(settings.redis_url or "", outside.connection)


def _redis(shared: Client, pooled: Client, spawn: Spawn) -> Run:
    """Items 3.3 and 3.4: how commands leave, and over which connections."""
    return switched(
        "3.3",
        on=switched("3.4", on=Pipelined(pooled, spawn), off=Pipelined(shared, spawn)),
        off=switched("3.4", on=OneByOne(pooled), off=OneByOne(shared)),
    )


def _reads(
    flash: Fetch, cache: CacheStore, usage: Usage, outside: Outside, spawn: Spawn, meter: Meter
) -> tuple[Fetch, Forget, CacheManager]:
    """Items 1.1, 1.3, 1.4 and 3.1 around the plain reads; whatever is switched, forgetting reaches all of them."""
    clock = outside.clock
    ttl_for: TtlFor = switched("1.3", on=LONG_TTL_S.__getitem__, off=SHORT_TTL_S.__getitem__)
    guarded = switched("1.4", on=BreakerReads(flash, clock, meter, BreakerPolicy()), off=flash)
    flights = SingleFlight(guarded, spawn, meter)
    shared = switched("1.1", on=flights, off=guarded)
    sites = SiteCache(shared, cache, clock, meter, ttl_for=ttl_for)
    manager = CacheManager(shared, cache, clock, spawn, meter, ttl_for=ttl_for, usage=usage)

    async def forget(account_id: str, namespaces: frozenset[Namespace]) -> None:
        if outside.on_forget is not None:
            outside.on_forget(account_id, namespaces)
        for layer in (flights, sites, manager):
            await layer.forget(account_id, namespaces)

    return switched("3.1", on=manager, off=sites), forget, manager


async def _answers(run: Run) -> bool:
    try:
        await run([("PING",)])
    except StoreError:
        return False
    return True


def _following(routes: Routes, board: Switchboard) -> Asgi:
    """What the edge does belongs to no user yet: it follows the switches as they are."""

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        with switching.follow(lambda: board.snapshot(SERVICE)):
            await routes(scope, receive, send)

    return serve
