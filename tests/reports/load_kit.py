"""A load run and a search for a capacity with all that a page can show."""

import math

from reports.capacity import Bracket, Capacity, Edge, Load, Trial
from reports.load import Generator, LoadRun, Process, Sample, summary_of, windows
from reports.model import Conditions
from reports.rss import Growth, Rss
from reports.slo import judge, parse_slo

SLO = parse_slo("p99<2s,errors<1%")
CONDITIONS = Conditions(commit="827027b01234", started_at="2026-01-05T08:00:00Z", python="3.11.7", clock="real")


def load_run(target: str = "phase-6", *, unanswered: int = 1) -> LoadRun:
    """Of ten seconds, a message in each; the first ones were never answered."""
    samples = [Sample(float(n), None if n < unanswered else 20.0 + n) for n in range(10)]
    return LoadRun(
        target=target,
        profile="soak:1/10s",
        shape="soak",
        seed=1,
        seen="replies",
        seconds=10.0,
        messages=10,
        response_ms=summary_of(samples),
        statuses={"200": 10},
        outcome=judge(SLO, [one.response_ms for one in samples]),
        windows=windows(samples, lambda _: 1.0, 2.0),
        generator=Generator(late_ms_p99=1.0, late_ms_max=2.0, cpu_share=0.1),
        bot=Process(cpu_share=0.5, rss_mb_begin=70.0, rss_mb_peak=90.0, rss_mb_end=80.0),
        rss=Rss(at_s=(1.0, 5.0, 10.0), messages=(1, 5, 10), rss_mb=(70.0, 90.0, 80.0)),
        growth=Growth(mb_per_million=6.0, low=4.0, high=8.0, halves=(6.0, 6.0), messages=8, warm_up=2),
        workload="load",
        people=5,
        conditions=CONDITIONS,
    )


def capacity_found(target: str = "phase-6") -> Capacity:
    trials = [(10.0, 500.0), (20.0, 900.0), (40.0, math.inf), (22.0, 2_500.0)]
    return Capacity(
        target=target,
        slo="p99<2s,errors<1%",
        clock="real",
        seed=1,
        bracket=Bracket(Edge(20.0, 1, 1), Edge(22.0, 0, 1)),
        trials=tuple(
            Trial(
                rate=rate,
                outcome=judge(SLO, [None if math.isinf(ms) else ms] * 100),
                load=Load(bot_cpu=0.2),
                refused="late" if rate == 40.0 else "",
            )
            for rate, ms in trials
        ),
        workload="load",
        people=5,
        conditions=CONDITIONS,
    )
