"""The map: every stage is built here and nowhere else, and `build` reads top to bottom as the path of a message.

    edge ──> inbox ──> lanes ──> worker ──> dispatcher ──> command ──> Flash, store
                                    └──> outbox ──> sender ──> WhatsApp

Each run-time item of the roadmap is one `switched(...)`: the way with it and the way without it, chosen per message.
"""

from collections.abc import Callable, Mapping
from functools import partial

from service import switching
from service.bot import Bot, Housekeeping
from service.commands.parsing import Remembering, amount_answer, parse
from service.commands.reconciler import Reconciler
from service.core.admission import Limits
from service.core.payments import DailyLimits
from service.core.results import Trouble
from service.core.switches import FlagState, Switches
from service.edge.routes import Routes
from service.edge.webhook import Webhook
from service.flow.dispatcher import Dispatcher
from service.flow.intake import Intake
from service.flow.nursery import Nursery
from service.flow.switchboard import FlagProvider
from service.flow.together import at_once, in_sequence
from service.flow.turns import Turns
from service.flow.understand import confirms_unnamed, understand
from service.flow.worker import Worker
from service.gateway.client import flash_transport
from service.gateway.counted import Counted
from service.gateway.flash_pages import FlashPages
from service.gateway.flash_wallet import FlashWallet
from service.gateway.heard import HeardGraphQL
from service.gateway.usage import Usage
from service.gateway.warmer import Warmer
from service.observe.tally import counting_trouble
from service.observe.trials import Trials
from service.reply.aloud import aloud
from service.reply.client import whatsapp_transport
from service.reply.formatters import interactive
from service.reply.sender import Sender
from service.reply.speech import can_speak
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
from service.wiring.commands import commands
from service.wiring.documents import computing, papers
from service.wiring.events import events
from service.wiring.metrics import Metrics, Watched
from service.wiring.outside import Outside
from service.wiring.queueing import lanes_of
from service.wiring.reading import reads
from service.wiring.storing import answers, redis
from service.wiring.switches import following, make_switchboard
from service.wiring.tracing import make_tracing
from service.wiring.watching import watching

__all__ = ["SERVICE", "build"]

SERVICE = "service"
"""Work that belongs to no user is switched as if one user of this name did it."""


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
    trials = Trials(board.snapshot, lambda: "6.3" in as_they_are(), clock, meter)

    # The store: systems of record first, caches in a key space of their own.
    shared, pooled, apart = (_client(make, settings, outside) for make in (shared_client, pooled_client, shared_client))
    linked = metrics.link(shared, "shared"), metrics.link(pooled, "pooled")
    run = tracing.store(redis(*linked, spawn, clock, outside.on_store))
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
    fetch, forget, renew, manager = reads(
        graphql,
        cache,
        usage=usage,
        clock=clock,
        spawn=spawn,
        meter=meter,
        on_forget=outside.on_forget,
        on_breaker=metrics.breaker,
    )
    fetch = Counted(fetch, meter, clock, outside.on_read, outside.on_answer)
    wallet = FlashWallet(graphql, service_token=settings.flash_api_key, idempotency=settings.flash_idempotency)

    # Replies.
    compute, end_computing = computing(clock, meter, outside.compute)
    whatsapp_http = whatsapp_transport(outside.transport)
    chat = WhatsAppChat(
        whatsapp_http,
        base_url=settings.whatsapp_api_url,
        version=settings.whatsapp_api_version,
        phone_number_id=settings.whatsapp_phone_number_id,
        token=settings.whatsapp_access_token,
        draw=outside.draw,
        speak=outside.speak,
        compute=compute,
        papers=papers(FlashPages(graphql, clock), sessions, compute, settings.pulse_data_dir, trials.snapshot),
        meter=meter,
        clock=clock,
    )
    sender = Sender(chat=tracing.reply(metrics.chat(chat)), outbox=outbox, meter=meter, clock=clock)

    # What happens is told to whoever listens, and what is done for others is done there.
    aside = OneByOne(apart)  # what goes on beside the messages has a connection of its own
    news = events(
        run=run,
        aside=aside,
        name=name,
        clock=clock,
        dice=dice,
        meter=meter,
        forget=forget,
        sessions=sessions,
        outbox=outbox,
        sender=sender,
        extra=outside.listeners,
        is_on=lambda: "4.1" in as_they_are(),
    )

    # Commands.
    registry = commands(
        fetch=fetch,
        forget=news.forget,
        renew=renew,
        announce=news.announce,
        together=switched("1.2", on=at_once, off=in_sequence),
        wallet=wallet,
        sessions=sessions,
        contacts=contacts,
        payments=payments,
        limits=DailyLimits(settings.pulse_daily_limit_cents, settings.pulse_daily_payments),
        clock=clock,
    )

    # From a message to its replies.
    dispatcher = Dispatcher(
        sessions=sessions,
        understand=partial(understand, parse=Remembering(parse), amount_answer=amount_answer),
        run=tracing.command(metrics.commands(counting_trouble(news.noting_mistakes(registry.run)))),
        word=interactive,
        aloud=aloud if can_speak() else list,
        clock=clock,
        meter=meter,
        phone_region=settings.pulse_phone_region,
    )
    worker = Worker(
        snapshot=trials.snapshot,
        use=switching.use,
        desk=metrics.desk(dispatcher),
        apology=interactive(Trouble("internal")),
        too_busy=interactive(Trouble("too-busy")),
        outbox=outbox,
        deliver=sender.deliver,
        clock=clock,
        meter=meter,
    )
    turns = Turns()
    lanes, has_room, through = lanes_of(
        trials.measuring(tracing.message(worker)),
        trials.measuring(worker.shed, is_failure=True),
        trials.measuring(worker.give_up, is_failure=True),
        limits=Limits(active=settings.pulse_concurrency, queued=settings.pulse_concurrency),
        is_answer=partial(confirms_unnamed, parse=parse, amount_answer=amount_answer),
        inbox=inbox,
        snapshot=trials.snapshot,
        spawn=spawn,
        turns=turns,
        clock=clock,
        meter=meter,
        told=outside.on_message,
    )
    intake = Intake(through, tracing.queued(lanes.put))
    webhook = Webhook(
        app_secret=settings.whatsapp_app_secret,
        verify_token=settings.whatsapp_verify_token,
        phone_number_id=settings.whatsapp_phone_number_id,
        accept=tracing.accept(intake.accept),
        has_room=has_room,
        clock=clock,
        meter=meter,
    )

    # What goes on beside the messages.
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
        forget=news.forget,
        announce=news.announce,
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
        more=(
            (news.relay.run, 10.0, "events"),
            (metrics.lag.run, 10.0, "loop lag"),
            *watching(trials, aside, outside.memory, clock=clock, meter=meter, instance=name),
        ),
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
        close=(flash_http.aclose, whatsapp_http.aclose, end_computing, tracing.aclose),
        follow=lambda: switching.follow(as_they_are),
        inbox=inbox,
        outbox=outbox,
        sessions=sessions,
        contacts=contacts,
    )


def _client(make: Callable[..., Client], settings: Settings, outside: Outside) -> Client:
    return make(settings.redis_url or "", outside.connection)
