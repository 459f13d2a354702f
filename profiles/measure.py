"""What a virtual run did, as the figures of a report."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from functools import reduce

from profiles.ceilings import Ceiling, batched_floor, best_by_namespace, single_flight_floor
from profiles.measures import measures
from profiles.process_run import ProcessFigures
from profiles.timeline import timeline_of
from profiles.virtual_run import VirtualRun
from reports.model import Arm, CommandCosts, Limits, Metrics, NamespaceHits, Samples
from reports.stats import hit_rate, summarize
from service.core.freshness import LONG_TTL_S, SHORT_TTL_S, Namespace
from service.core.queries import Query
from service.gateway.batched_reads import BATCH

__all__ = ["READS", "WARMED_AHEAD", "arm_of", "best_of", "lifetimes_of"]

WARMED_AHEAD = (
    Query(Namespace.CURRENCIES).key,
    Query(Namespace.PRICE, "USD").key,
    Query(Namespace.RATE, "USD").key,
)
"""What warming fetches before the first message, whatever was used before."""

_AHEAD = frozenset({"3.1", "3.2"})
"""Items that fetch before somebody has to wait: early refresh, and warming."""

READS = frozenset({BATCH, "me", "balance", "transactions", "realtimePrice", "currencyList", "accountDefaultWallet"})
"""Upstream operations whose answers may come from a cache; the time of all others is every message's critical path."""


def arm_of(run: VirtualRun, process: ProcessFigures | None) -> Arm:
    """The arm's metrics, limits and counters; memory and CPU are null without a process."""
    ceilings = _ceilings(run)
    namespaces = _namespaces(run, ceilings)
    limits = _limits(run, reduce(Ceiling.plus, ceilings.values(), Ceiling(0, 0, 0)))
    return Arm(
        name=run.arm.name,
        switches=tuple(run.arm.switches),
        metrics=_metrics(run, namespaces, process),
        limits=limits,
        hits_by_namespace=namespaces,
        response_ms_by_command={
            command: summarize(found) for command, found in sorted(_by_command(run).items()) if found
        },
        costs_by_command=_costs(run),
        counters=_counters(run, process),
        measures=measures(run, limits),
        samples=_samples(run),
        timeline=timeline_of(run),
    )


def _metrics(run: VirtualRun, namespaces: Mapping[str, NamespaceHits], process: ProcessFigures | None) -> Metrics:
    messages = len(run.responses)
    summary = summarize([response.response_ms for response in run.responses if response.response_ms is not None])
    hits, asked = (sum(getattr(one, field) for one in namespaces.values()) for field in ("hits", "asked"))
    return Metrics(
        response_ms_mean=summary.mean,
        response_ms_p50=summary.p50,
        response_ms_p90=summary.p90,
        response_ms_p99=summary.p99,
        hit_rate=hit_rate(hits, asked),
        rss_mb_settled=process.rss_mb_settled if process else None,
        rss_mb_peak=process.rss_mb_peak if process else None,
        upstream_calls_per_message=sum(run.upstream_calls.values()) / messages,
        redis_round_trips_per_message=run.redis_round_trips / messages,
        cpu_ms_per_message=process.cpu_ms_per_message if process else None,
    )


def _samples(run: VirtualRun) -> Samples:
    return Samples(
        at_s=tuple(response.at_s for response in run.responses),
        commands=tuple(response.intent for response in run.responses),
        response_ms=tuple(response.response_ms for response in run.responses),
    )


def _namespaces(run: VirtualRun, ceilings: Mapping[str, Ceiling]) -> dict[str, NamespaceHits]:
    reads = run.reads
    names = sorted({label.partition(":")[0] for label in reads})
    found = {
        name: NamespaceHits(
            hits=reads.get(f"{name}:hit", 0),
            stale=reads.get(f"{name}:stale", 0),
            coalesced=reads.get(f"{name}:coalesced", 0),
            misses=reads.get(f"{name}:miss", 0),
            asked=reads.get(f"{name}:asked", 0),
            hit_rate_best=best_of(ceilings[name], run.arm.switches) if name in ceilings else None,
        )
        for name in names
    }
    return {name: hits for name, hits in found.items() if hits.asked}


def _by_command(run: VirtualRun) -> dict[str, list[float]]:
    times: dict[str, list[float]] = defaultdict(list)
    for response in run.responses:
        if response.response_ms is not None:
            times[response.intent].append(response.response_ms)
    return times


def _costs(run: VirtualRun) -> dict[str, CommandCosts]:
    return {
        command: CommandCosts(
            messages=bill.messages,
            upstream_calls_per_message=bill.upstream_calls / bill.messages,
            redis_round_trips_per_message=bill.round_trips / bill.messages,
            hit_rate=hit_rate(bill.hits, bill.asked) if bill.asked else None,
        )
        for command, bill in run.bills.items()
    }


def _ceilings(run: VirtualRun) -> dict[str, Ceiling]:
    filled = {*WARMED_AHEAD, *run.asked_before} if "3.2" in run.arm.switches else ()
    return best_by_namespace(run.asked, lifetimes_of(run), run.invalidations, filled=filled)


def lifetimes_of(run: VirtualRun) -> dict[str, float]:
    """This arm's own freshness table."""
    table = LONG_TTL_S if "1.3" in run.arm.switches else SHORT_TTL_S
    return {str(namespace): seconds for namespace, seconds in table.items()}


def _limits(run: VirtualRun, ceiling: Ceiling) -> Limits:
    """What the reads that were asked for would have needed at the least, by this arm's own freshness table."""
    messages, ttl_s = len(run.responses), lifetimes_of(run)
    unavoidable = _uncacheable_calls(run)
    floor = single_flight_floor(run.asked, ttl_s, 0.0, run.invalidations) + unavoidable
    batched = batched_floor(run.asked, ttl_s, run.invalidations) + unavoidable - _fresh_reads(run)
    return Limits(
        hit_rate_best=best_of(ceiling, run.arm.switches),
        hit_rate_best_on_demand=ceiling.hit_rate,
        hit_rate_best_refreshed=ceiling.warmed_hit_rate,
        upstream_calls_per_message_floor=(batched if "5.4" in run.arm.switches else floor) / messages,
        upstream_calls_per_message_floor_unbatched=floor / messages,
        response_ms_mean_floor=sum(ms for op, ms in run.upstream_ms.items() if op not in READS) / messages,
    )


def best_of(ceiling: Ceiling, switches: Collection[str]) -> float:
    """Of an ideal cache that does what the arm may do."""
    if {"3.1", "5.4"} <= set(switches):
        return ceiling.joined_hit_rate
    return ceiling.warmed_hit_rate if _AHEAD & set(switches) else ceiling.hit_rate


def _uncacheable_calls(run: VirtualRun) -> int:
    """Upstream calls that no cache can save: what changes something, and reads that must be fresh."""
    return sum(calls for operation, calls in run.upstream_calls.items() if operation not in READS) + _fresh_reads(run)


def _fresh_reads(run: VirtualRun) -> int:
    return sum(count for label, count in run.reads.items() if label.partition(":")[2] == "fresh")


def _counters(run: VirtualRun, process: ProcessFigures | None) -> dict[str, int]:
    counters = {
        "answered": sum(response.response_ms is not None for response in run.responses),
        "unanswered": sum(response.response_ms is None for response in run.responses),
        "deliveries": sum(run.webhooks.values()),
        "duplicates_dropped": run.messages.get("duplicate", 0),
        "warm_calls": sum(run.warm_calls.values()),
        "early_refreshes": sum(run.early_refreshes.values()),
        "fetched_along": sum(run.fetched_along.values()),
        "renewals": run.renewals,
        "redis_housekeeping_round_trips": run.housekeeping_round_trips,
        "ledger_movements": len(run.movements),
        **{f"upstream_calls:{operation}": calls for operation, calls in sorted(run.upstream_calls.items())},
    }
    return counters if process is None else counters | {"process_messages": process.messages}
