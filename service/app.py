"""The map: every stage is built here and nowhere else, and `build` reads top to bottom as the path of a message.

    edge ──> inbox ──> lanes ──> worker ──> dispatcher ──> command ──> Flash, store
                                    └──> outbox ──> sender ──> WhatsApp

Each run-time item of the roadmap is one `switched(...)`: the way with it and the way without it, chosen per message.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from service import switching
from service.bot import Bot, Housekeeping
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
from service.commands.reconciler import Reconciler
from service.commands.refresh import RefreshCommand
from service.commands.registry import Registry
from service.commands.send import SendCommand
from service.commands.unknown import UnknownCommand
from service.commands.unlink import UnlinkCommand
from service.commands.username import UsernameCommand
from service.commands.verify import VerifyCommand
from service.core.freshness import Namespace
from service.core.payments import DailyLimits
from service.core.queries import Query
from service.core.results import Trouble
from service.core.switches import FlagState, Switches
from service.edge.routes import Routes
from service.edge.webhook import Webhook
from service.flow.dispatcher import Dispatcher
from service.flow.intake import Intake
from service.flow.lanes import Lanes
from service.flow.nursery import Nursery
from service.flow.switchboard import FlagProvider
from service.flow.together import at_once, in_sequence
from service.flow.turns import Turns
from service.flow.understand import understand
from service.flow.worker import Worker
from service.gateway.client import flash_transport
from service.gateway.counted import Counted
from service.gateway.flash_reads import FlashReads
from service.gateway.flash_wallet import FlashWallet
from service.gateway.heard import HeardGraphQL
from service.gateway.usage import Usage
from service.gateway.warmer import Warmer
from service.ports import Clock, Dice
from service.reply.client import whatsapp_transport
from service.reply.formatters import interactive
from service.reply.qr import draw_qr
from service.reply.sender import Sender
from service.reply.whatsapp import WhatsAppChat
from service.roadmap import changed_switches, switch_keys
from service.settings import Settings, encryption_key
from service.store.cache import RedisCache, RedisStats, RedisUsage
from service.store.clients import Client, pooled_client, shared_client
from service.store.contacts import RedisContacts
from service.store.control import RedisControl
from service.store.flags import RedisFlags
from service.store.inbox import RedisInbox
from service.store.one_by_one import OneByOne
from service.store.outbox import RedisOutbox
from service.store.payments import RedisPayments
from service.store.sealing import Sealer
from service.store.sessions import RedisSessions
from service.switching import switched
from service.wiring.metrics import Metrics, Watched
from service.wiring.reading import reads
from service.wiring.storing import answers, redis
from service.wiring.switches import following, make_switchboard
from service.wiring.tracing import make_tracing

__all__ = ["SERVICE", "Outside", "build"]

SERVICE = "service"
"""Work that belongs to no user is switched as if one user of this name did it."""


@dataclass(frozen=True, slots=True)
class Outside:
    """Everything that is not the program: time, chance, and what may stand in the place of sockets.

    `transport` is an httpx transport, `connection` options of redis-py's connections, `draw` makes the PNG of a QR
    code. `on_read` is told of every read and when it was asked for, `on_forget` of everything that is to be forgotten
    of an account. `tracer_provider` is an OpenTelemetry provider in the place of the settings'.
    """

    clock: Clock
    dice: Dice
    transport: Any = None
    connection: Mapping[str, Any] | None = None
    draw: Callable[[str], bytes] = draw_qr
    on_read: Callable[[Query, float], None] | None = None
    on_forget: Callable[[str, frozenset[Namespace]], None] | None = None
    tracer_provider: Any = None


def build(settings: Settings, outside: Outside, *, about: Mapping[str, object] | None = None) -> Bot:
    """The bot, wired and not yet started. `settings` are complete, with `redis_url`. Raises ConfigError."""
    clock, dice = outside.clock, outside.dice
    defaults = changed_switches(settings.pulse_phase, settings.pulse_switches)
    flags = FlagProvider({key: FlagState(100.0 * (key in defaults)) for key in switch_keys()})
    name = f"pulse-{dice.token(4).hex()}"
    board = make_switchboard(settings, flags, clock, name)

    def as_they_are() -> Switches:
        return board.snapshot(SERVICE)

    metrics, tracing = Metrics(clock, as_they_are), make_tracing(settings, outside.tracer_provider)
    meter = metrics.meter
    spawn = Nursery(meter)

    # The store: systems of record first, caches in a key space of their own.
    shared, pooled, apart = (_client(make, settings, outside) for make in (shared_client, pooled_client, shared_client))
    run = tracing.store(redis(metrics.link(shared, "shared"), metrics.link(pooled, "pooled"), spawn))
    sealer = Sealer(encryption_key(settings), dice)
    payments = RedisPayments(run, dice, meter)
    sessions = RedisSessions(run, sealer, payments, meter)
    contacts = RedisContacts(run, meter)
    inbox = RedisInbox(run, dice, meter)
    outbox = RedisOutbox(run, dice, meter)
    cache = RedisCache(run)

    # Flash: reads through the optimizations, everything that changes something past them.
    flash_http = flash_transport(outside.transport)
    url, tell, span = settings.flash_api_url, metrics.heard, tracing.upstream
    graphql = HeardGraphQL(flash_http, url, clock, meter, tell=tell, span=span)
    usage = Usage(clock)
    fetch, forget, manager = reads(
        FlashReads(graphql, clock),
        cache,
        usage=usage,
        clock=clock,
        spawn=spawn,
        meter=meter,
        on_forget=outside.on_forget,
        on_breaker=metrics.breaker,
    )
    fetch = Counted(fetch, meter, clock, outside.on_read)
    wallet = FlashWallet(graphql, service_token=settings.flash_api_key, idempotency=settings.flash_idempotency)

    # Commands.
    together = switched("1.2", on=at_once, off=in_sequence)
    aims = Aims(sessions=sessions, contacts=contacts)
    proposing = Proposing(fetch=fetch, together=together, payments=payments)
    limits = DailyLimits(settings.pulse_daily_limit_cents, settings.pulse_daily_payments)
    paying = Paying(payments=payments, wallet=wallet, forget=forget, limits=limits, clock=clock)
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
    whatsapp_http = whatsapp_transport(outside.transport)
    chat = WhatsAppChat(
        whatsapp_http,
        base_url=settings.whatsapp_api_url,
        version=settings.whatsapp_api_version,
        phone_number_id=settings.whatsapp_phone_number_id,
        token=settings.whatsapp_access_token,
        draw=outside.draw,
        meter=meter,
        clock=clock,
    )
    sender = Sender(chat=tracing.reply(metrics.chat(chat)), outbox=outbox, meter=meter, clock=clock)

    # From a message to its replies.
    dispatcher = Dispatcher(
        sessions=sessions,
        understand=partial(understand, parse=parse, amount_answer=amount_answer),
        run=tracing.command(metrics.commands(registry.run)),
        word=interactive,
        clock=clock,
        meter=meter,
        phone_region=settings.pulse_phone_region,
    )
    worker = Worker(
        snapshot=board.snapshot,
        use=switching.use,
        desk=metrics.desk(dispatcher),
        apology=interactive(Trouble("internal")),
        outbox=outbox,
        deliver=sender.deliver,
        clock=clock,
        meter=meter,
    )
    turns = Turns()
    lanes = Lanes(tracing.message(worker), worker.give_up, spawn, meter, turns)
    intake = Intake(inbox, tracing.queued(lanes.put))
    webhook = Webhook(
        app_secret=settings.whatsapp_app_secret,
        verify_token=settings.whatsapp_verify_token,
        phone_number_id=settings.whatsapp_phone_number_id,
        accept=tracing.accept(intake.accept),
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
        is_on=lambda: {"3.1", "3.2"} <= as_they_are(),  # it warms the cache of 3.1
    )
    reconciler = Reconciler(
        payments=RedisPayments(aside, dice, meter),
        wallet=wallet,
        account_of=sessions.find_account,
        forget=forget,
        word=interactive,
        in_turn=turns,
        hurry=sender.hurry,
        clock=clock,
        meter=meter,
    )
    housekeeping = Housekeeping(
        flags=lambda: flags.refresh(RedisFlags(aside)),
        inbox=RedisInbox(aside, dice, meter),
        intake=intake,
        stats=RedisStats(aside),
        control=RedisControl(aside, clock, name),
        warmer=warmer,
        sender=sender,
        reconciler=reconciler,
        loop_lag=metrics.lag,
    )
    about = {"phase": settings.pulse_phase, **(about or {})}
    more = metrics.routes(settings, Watched(lanes, sender, {"shared": shared, "pooled": pooled, "apart": apart}, flags))
    routes = Routes(webhook, is_ready=lambda: answers(aside), about=about, more=more)
    return Bot(
        name=name,
        asgi=following(routes, as_they_are),
        lanes=lanes,
        spawn=spawn,
        clock=clock,
        meter=metrics.memory,
        housekeeping=housekeeping,
        run=run,
        shared=shared,
        pooled=pooled,
        apart=apart,
        close=(flash_http.aclose, whatsapp_http.aclose, tracing.aclose),
        follow=lambda: switching.follow(as_they_are),
        inbox=inbox,
        outbox=outbox,
        sessions=sessions,
        contacts=contacts,
    )


def _client(make: Callable[..., Client], settings: Settings, outside: Outside) -> Client:
    return make(settings.redis_url or "", outside.connection)
