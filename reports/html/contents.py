"""The sections of a page: what is shown of runs and of ablations, in which order, and what is left out."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from reports import ablation_view, bench_view
from reports.ablation import Ablation
from reports.bench_tables import arm_label, metrics
from reports.document import Cell, Column, Grid
from reports.history.entries import Point
from reports.html.chart import Chart
from reports.html.claims import effects
from reports.html.headline import Card, cards, headline, missing, title
from reports.html.latency import distribution, percentiles
from reports.html.over_time import over_time
from reports.html.parts import commands, namespaces
from reports.html.phases import waterfalls
from reports.html.trends import trends
from reports.measures import measure_named
from reports.metrics import figure
from reports.model import Arm, Conditions, Run

__all__ = ["Figures", "Section", "machine", "of_ablation", "of_run", "sections"]

Figures = Mapping[str, Sequence[Point]]
"""Points of kept runs by metric."""

_NO_CLAIMS = "The roadmap's claims: give the file of `pulse bench --ablate --json FILE`, too."
_NO_TREND = "Trends: there are fewer than two kept runs of this arm and trace."


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of one run, or of one ablation. `facts` are shown first, `details` folded."""

    title: str
    kicker: str
    lines: tuple[str, ...] = ()
    alarm: str = ""
    cards: tuple[Card, ...] = ()
    facts: tuple[Grid, ...] = ()
    charts: tuple[Chart, ...] = ()
    details: tuple[Grid, ...] = ()
    conditions: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def sections(
    runs: Iterable[Run], ablations: Sequence[Ablation] = (), kept: Sequence[Figures] = ()
) -> tuple[Section, ...]:
    """Runs first. `kept` are the kept points of each run's last arm, in the same order."""
    found = list(runs)
    points = [*kept, *({} for _ in found)]
    ofs = [of_run(run, one) for run, one in zip(found, points, strict=False)]
    if ofs and not ablations:
        ofs[-1] = msgspec.structs.replace(ofs[-1], missing=(*ofs[-1].missing, _NO_CLAIMS))
    return (*ofs, *map(of_ablation, ablations))


def of_run(run: Run, points: Figures) -> Section:
    """Of a run, beside the points of its last arm in kept runs."""
    arms = run.arms
    document = bench_view.document(run)
    over = trends(arms[-1], points)
    charts = [
        percentiles(arms),
        over_time(arms),
        *waterfalls(arms),
        commands(arms),
        namespaces(arms),
        distribution(arms),
        *over,
    ]
    return Section(
        title=title(run),
        kicker=document.title,
        lines=headline(run),
        cards=cards(run),
        alarm=_alarm(run),
        facts=(_titled(_plainly(run, metrics(arms)), "All metrics"),),
        details=tuple(grid for grid in (_further(arms),) if grid.rows),
        charts=_arranged([chart for chart in charts if chart is not None]),
        conditions=_conditions(run),
        notes=document.notes,
        missing=missing(run) if over else (*missing(run), _NO_TREND),
    )


def of_ablation(ablation: Ablation) -> Section:
    """Verdicts beside claims, what each item changed, and what stands behind it."""
    document = ablation_view.document(ablation)
    chart = effects(ablation)
    claims, *details = document.grids
    found = [one.verdict for one in ablation.outcomes]
    confirmed, judged = found.count("confirmed"), len(found) - found.count("not measurable here")
    return Section(
        title=f"{confirmed} of {judged} claims that can be measured are confirmed",
        kicker=document.title,
        lines=document.lines[:1],
        alarm="" if ablation.is_trusted else " ".join(document.lines[1:]),
        facts=(_titled(claims, "Verdicts beside the roadmap's claims"),),
        charts=() if chart is None else (chart,),
        details=tuple(details),
        conditions=machine(ablation.conditions, ablation.wall_s),
        notes=document.notes,
    )


def _alarm(run: Run) -> str:
    """What makes the figures of a run in real time doubtful."""
    is_doubted = run.conditions.clock == "real" and run.notes
    return f"NO VERDICT: {'; '.join(run.notes)}." if is_doubted else ""


def _plainly(run: Run, grid: Grid) -> Grid:
    """The table of metrics; in real time a difference is shown without a judgement, as one run is no evidence."""
    place = 1 + len(run.arms)
    if run.conditions.clock == "virtual" or len(run.arms) == 1:
        return grid
    rows = (
        (*row[:place], Cell(row[place].text.removesuffix(" better").removesuffix(" worse")), *row[place + 1 :])
        for row in grid.rows
    )
    return msgspec.structs.replace(grid, rows=tuple(rows))


def _further(arms: Sequence[Arm]) -> Grid:
    """Everything else that was measured of the arms."""
    keys = list(dict.fromkeys(key for arm in arms for key in arm.measures))
    found = [(measure_named(key), [arm.measures.get(key) for arm in arms]) for key in keys]
    return Grid(
        title="Further figures",
        columns=(Column("figure", "text"), *(Column(arm_label(arm)) for arm in arms)),
        rows=tuple(
            (
                Cell(f"{metric.title}, {metric.unit}" if metric.unit else metric.title),
                *(Cell(figure(metric, value)) for value in values),
            )
            for metric, values in found
        ),
    )


def _arranged(charts: list[Chart]) -> tuple[Chart, ...]:
    """Two narrow ones stand beside each other; one that would be left alone takes the row."""
    narrow = [place for place, chart in enumerate(charts) if not chart.wide]
    if len(narrow) % 2:
        charts[narrow[-1]] = msgspec.structs.replace(charts[narrow[-1]], wide=True)
    return tuple(charts)


def _titled(grid: Grid, name: str) -> Grid:
    return msgspec.structs.replace(grid, title=name)


def _conditions(run: Run) -> tuple[tuple[str, str], ...]:
    trace = run.trace
    minutes = f", {trace.minutes:g} minutes" if trace.minutes is not None else ""
    traffic = f"{trace.messages:,} messages{minutes}"
    clock = "virtual: exact, the same on any machine" if run.conditions.clock == "virtual" else "real"
    switches = tuple(
        (f"Switches of {arm.name.replace('-', ' ', 1)}", ", ".join(arm.switches) or "none") for arm in run.arms
    )
    facts = (
        ("Clock", clock),
        ("Workload", trace.workload),
        ("Traffic", traffic),
        ("Seed", str(trace.seed)),
        ("Trace", trace.digest),
    )
    return tuple((name, text) for name, text in (*facts, *switches, *machine(run.conditions, run.wall_s)) if text)


def machine(conditions: Conditions, wall_s: float | None) -> tuple[tuple[str, str], ...]:
    """Where and when something was measured, as far as it is known."""
    facts = (
        ("Commit", conditions.commit),
        ("Started", conditions.started_at),
        ("Python", conditions.python),
        ("Platform", conditions.platform),
        ("Processor", conditions.processor),
        ("Cores", str(conditions.cores or "")),
        ("Versions", ", ".join(f"{name} {version}" for name, version in conditions.versions.items())),
        ("Measured in", f"{wall_s:,.1f} s" if wall_s is not None else ""),
    )
    return tuple((name, text) for name, text in facts if text)
