"""A run with all that a page can show, and ways to change it."""

import msgspec

from reports.ablation import Ablation, Comparison, Control, Outcome
from reports.history.entries import Point
from reports.model import Arm, Conditions, Limits, Metrics, NamespaceHits, Run, Samples, Timeline, Trace
from reports.stats import summarize

HOSTILE = "</script><img src=x onerror=alert(1)> %{x} `|`"


def arm(name: str, factor: float = 1.0, *, unanswered: int = 0) -> Arm:
    """Of 400 messages, answered in 10 to 4,000 ms times the factor."""
    times = [round(factor * 10 * (1 + number % 400), 3) for number in range(400)]
    samples = Samples(
        at_s=tuple(float(number) for number in range(400)),
        commands=tuple("balance" if number % 2 else "price" for number in range(400)),
        response_ms=(*times[: 400 - unanswered], *(None for _ in range(unanswered))),
    )
    summary = summarize(times)
    hits = round(100 * (1 - factor / 2))
    return Arm(
        name=name,
        switches=() if name == "phase-0" else ("1.1", "3.2"),
        metrics=Metrics(
            response_ms_mean=summary.mean,
            response_ms_p50=summary.p50,
            response_ms_p90=summary.p90,
            response_ms_p99=summary.p99,
            hit_rate=hits / 100,
            rss_mb_settled=70.0,
            rss_mb_peak=72.0,
            upstream_calls_per_message=1.2 * factor,
            redis_round_trips_per_message=12 * factor,
            cpu_ms_per_message=3.0 * factor,
        ),
        limits=Limits(hit_rate_best=0.9, upstream_calls_per_message_floor=0.4, response_ms_mean_floor=120.0),
        hits_by_namespace={
            "price": NamespaceHits(hits=hits, stale=0, coalesced=0, misses=100 - hits, asked=100, hit_rate_best=0.9)
        },
        response_ms_by_command={"price": summary, "balance": summarize([factor * ms / 2 for ms in times])},
        samples=samples,
        timeline=Timeline(
            at_s=(100.0, 200.0, 300.0, 400.0),
            series={
                "messages_per_s": (1.0, 1.0, 1.0, 1.0),
                "response_ms_p50": (500.0 * factor, 700.0 * factor, None, 400.0 * factor),
                "hit_rate": (0.1, 0.4, None, hits / 100),
                "waiting_messages": (0.0, 0.0, 0.0, 0.0),
                "depth_of_snow_mb": (1.0, 2.0, 3.0, 4.0),
            },
        ),
    )


def run_of(*arms: Arm, digest: str = "3fa9c2", commit: str = "") -> Run:
    return Run(
        trace=Trace(digest=digest, seed=7, messages=400, workload="reference", minutes=6.7),
        arms=arms,
        conditions=Conditions(commit=commit, started_at="2026-01-05T08:00:00Z", python="3.11.7", cores=2),
    )


def full_run() -> Run:
    return run_of(arm("phase-0"), arm("phase-3", 0.6), arm("phase-6", 0.5, unanswered=2))


def hostile_run() -> Run:
    """Every text that a run brings along is markup."""
    evil = msgspec.structs.replace(
        arm(HOSTILE, 0.5),
        switches=(HOSTILE,),
        hits_by_namespace={HOSTILE: NamespaceHits(hits=1, stale=0, coalesced=0, misses=1, asked=2)},
        response_ms_by_command={HOSTILE: summarize([1.0, 2.0])},
        timeline=Timeline(at_s=(1.0, 2.0), series={HOSTILE: (1.0, 2.0)}),
    )
    run = run_of(arm("phase-0"), arm("phase-3", 0.6), evil, digest=HOSTILE, commit=HOSTILE)
    return msgspec.structs.replace(
        run,
        notes=(HOSTILE,),
        trace=msgspec.structs.replace(run.trace, workload=HOSTILE),
        conditions=msgspec.structs.replace(run.conditions, platform=HOSTILE, versions={HOSTILE: HOSTILE}),
    )


def ablation(*, trusted: bool = True) -> Ablation:
    def outcome(item: str, off: float, on: float, measure: str = "response_ms_mean") -> Outcome:
        return Outcome(
            item=item,
            title=f"Title of {item}",
            claim="20 % faster",
            verdict="confirmed" if on < off else "refuted",
            why=HOSTILE,
            measure=measure,
            workload="reference",
            in_phase=Comparison("phase-6 -x", "phase-6", off, on),
            alone=Comparison("phase-0", "phase-0 +x", off, off),
        )

    unmeasured = Outcome(
        item="2.1", title="Files", claim="nicer", verdict="not measurable here", why="no figure", measure="x"
    )
    return Ablation(
        phase=6,
        seed=1,
        outcomes=(outcome("1.1", 100.0, 60.0), outcome("1.2", 100.0, 110.0), unmeasured),
        controls=(Control("null", "nothing", "no effect", "no effect" if trusted else "refuted", "same"),),
    )


def kept(*values: float, clock: str = "virtual") -> tuple[Point, ...]:
    """Points of kept runs of the last arm of `full_run`."""
    return tuple(
        msgspec.convert(
            {
                "run": number,
                "value": value,
                "commit": f"{number:012x}",
                "started_at": "2026-01-05T08:00:00Z",
                "workload": "reference",
                "digest": "3fa9c2",
                "clock": clock,
                "python": "3.11.7",
                "processor": "any",
                "arm": "phase-6",
                "switches": ("1.1", "3.2"),
            },
            Point,
        )
        for number, value in enumerate(values, 1)
    )
