"""Profiles as reports: first what takes the time, what holds the memory and what changed, then the tables."""

import itertools
from collections.abc import Iterator, Sequence

from reports.document import Cell, Column, Document, Grid, cells
from reports.profile import VIEWS, Change, Comparison, Growth, Profile, Report, Share, View, compare, share_of

__all__ = ["document", "documents", "figure_name", "of_comparison", "of_phases"]

_ROWS = 12
_NAMED = 3
_SMALL = 10
_TITLES = {"cpu": "CPU profile", "memory": "Memory profile", "leaks": "Leaks"}
_UNITS = {"mb": "MB", "ms": "ms"}


def documents(report: Report) -> list[Document]:
    """All that there is to show: of two arms what changed comes first, of more than one a table beside each other."""
    if report.comparison is not None:
        return [of_comparison(report.comparison), document(report.profiles[-1])]
    return [document(report.profiles[0])] if len(report.profiles) == 1 else [of_phases(report.profiles)]


def document(profile: Profile) -> Document:
    """One arm's profile."""
    grids = tuple(_grid(VIEWS[key], profile.views[key]) for key in VIEWS if profile.views.get(key))
    return Document(
        title=f"{_TITLES[profile.kind]}: {profile.arm}, {profile.messages:,} messages",
        lines=tuple(_lines(profile)),
        grids=(*grids, *_growth_grids(profile.growth)),
        notes=(*_notes(profile), *profile.notes),
    )


def of_phases(profiles: Sequence[Profile]) -> Document:
    """The memory of several arms beside each other, and for each what holds more or less than in the one before."""
    columns = (Column("arm", "text"), *map(Column, ("RSS settled MB", "RSS peak MB", "live Python MB")), _WHAT)
    rows = tuple(
        (
            *cells(one.arm, *(f"{one.figures[key]:.1f}" for key in ("rss_mb_settled", "rss_mb_peak", "heap_mb"))),
            _named(comparison),
        )
        for one, comparison in zip(profiles, _steps(profiles), strict=True)
    )
    return Document(
        title=f"Memory by arm: {profiles[0].messages:,} messages each",
        lines=("What of Python's memory is alive after the same messages; RSS is that of an unprofiled process.",),
        grids=(Grid(columns=columns, rows=rows),),
        notes=(_RSS, *dict.fromkeys(note for one in profiles for note in one.notes)),
    )


_WHAT = Column("what holds more, or less, than in the arm above", "text")
_RSS = (
    "RSS varies by a megabyte or two from run to run. Live memory, which is without what C allocates, varies by up to "
    "0.1 MB, most of it in the buffers of connections that are open at that moment: less is not called a difference."
)


def of_comparison(comparison: Comparison) -> Document:
    """What moved between two arms."""
    grids = [_changes(VIEWS[key], found) for key, found in comparison.changes.items() if found]
    lines = [f"{figure_name(name)}: {one:.2f} -> {other:.2f}" for name, (one, other) in comparison.totals.items()]
    summary = "what changed: nothing beyond chance" if not grids else f"what changed: {_sentence(comparison)}"
    unmoved = [VIEWS[key].title for key, found in comparison.changes.items() if not found]
    return Document(
        title=f"What changed: {comparison.before} -> {comparison.after}",
        lines=(summary, *lines),
        grids=tuple(grids),
        notes=(f"Nothing moved in: {', '.join(unmoved)}.",) if unmoved else (),
    )


def figure_name(key: str) -> str:
    """A figure's name as words: "rss_mb_settled" is "RSS settled, MB"."""
    words = key.removesuffix("_per_message").split("_")
    units = [_UNITS[word] for word in words if word in _UNITS]
    rest = " ".join(
        {"rss": "RSS", "cpu": "CPU", "heap": "live Python memory"}.get(w, w) for w in words if w not in _UNITS
    )
    unit = f", {units[0]}" if units else ""
    return f"{rest}{unit}{'/message' if key.endswith('_per_message') else ''}"


def _lines(profile: Profile) -> Iterator[str]:
    if profile.kind == "cpu":
        yield f"what takes the time: {_top(profile, 'sites')}"
        yield f"by command: {_top(profile, 'commands')}"
        yield f"what messages wait for: {_top(profile, 'waits')}"
    if profile.kind == "memory":
        yield f"what holds the memory: {_top(profile, 'heap-packages')}"
        yield f"allocated at: {_top(profile, 'heap-sites')}"
    if profile.kind == "leaks":
        yield _verdict(profile.growth)
    yield "; ".join(f"{figure_name(key)}: {value:.2f}" for key, value in profile.figures.items())
    for title, file in profile.files.items():
        yield f"{title}: {file}"


def _top(profile: Profile, view: str) -> str:
    shares = profile.views.get(view, ())
    return "; ".join(f"{share_of(each, shares):.0%} {each.name}" for each in shares[:_NAMED]) or "nothing"


def _verdict(growth: Sequence[Growth]) -> str:
    total = next((each for each in growth if not each.site), None)
    if total is None:
        return "nothing was measured"
    slope = f"{_signed(total.bytes_per_message)} [{_signed(total.low)}, {_signed(total.high)}] bytes/message"
    guilty = ", ".join([each.site for each in growth if each.grows and each.site][:_NAMED])
    if guilty:
        return f"grows: {guilty}; all that is alive: {slope}"
    return f"grows: {slope}, spread over many lines" if total.grows else f"flat within noise: {slope}"


def _signed(value: float) -> str:
    return f"{value:+.1f}"


def _grid(view: View, shares: Sequence[Share]) -> Grid:
    columns = (Column(view.name, "text"), Column(view.unit), Column("%"), Column(_counted(view)))
    rows = [
        cells(each.name, _figure(each.value), f"{100 * share_of(each, tuple(shares)):.1f}", f"{each.count:,}")
        for each in shares[:_ROWS]
    ]
    if others := shares[_ROWS:]:
        value, count = sum(each.value for each in others), sum(each.count for each in others)
        rest = Share(f"({len(others):,} others)", value, count)
        rows.append(cells(rest.name, _figure(value), f"{100 * share_of(rest, tuple(shares)):.1f}", f"{count:,}"))
    return Grid(title=view.title, columns=columns, rows=tuple(rows))


def _counted(view: View) -> str:
    return "samples" if view.is_sampled else "blocks" if view.unit == "KB" else "calls"


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= _SMALL else f"{value:.3f}"


def _growth_grids(growth: Sequence[Growth]) -> Iterator[Grid]:
    if growth:
        columns = (Column("line", "text"), *map(Column, ("bytes/msg", "low", "high", "KB at last")), Column("", "text"))
        yield Grid(title="What stays alive", columns=columns, rows=tuple(_grown(each) for each in growth[:_ROWS]))


def _grown(each: Growth) -> tuple[Cell, ...]:
    name = each.site or "(all but tables)"
    figures = cells(
        name, *map(_signed, (each.bytes_per_message, each.low, each.high)), f"{each.live_bytes[-1] / 1000:,.1f}"
    )
    if each.grows:
        return (*figures, Cell("grows", "bad"))
    return (*figures, Cell("fills a table" if each.is_table else "flat within noise", "muted"))


def _notes(profile: Profile) -> Iterator[str]:
    if profile.slowdown:
        factors = ", ".join(f"{name} x{factor:.2f}" for name, factor in profile.slowdown.items())
        yield f"CPU that profiling itself cost, against a pass without a profiler: {factors}."
    if profile.kind == "cpu":
        yield "CPU time is the bot's alone, without waiting; the waits of one message may overlap, and then both count."
    if profile.kind == "memory":
        yield _RSS
    if profile.kind == "leaks":
        yield (
            "The bot remembers recent messages in tables that fill until they are full: those lines are not counted "
            "before. The intervals are of 99.9 %."
        )


def _changes(view: View, found: Sequence[Change]) -> Grid:
    columns = (Column(view.name, "text"), *map(Column, ("before", "after", "difference")), Column("unit", "text"))
    rows = tuple(
        (
            *cells(each.name, _figure(each.before), _figure(each.after)),
            Cell(f"{each.difference:+,.3f}", "bad" if each.difference > 0 else "good"),
            Cell(view.unit, "muted"),
        )
        for each in found[:_ROWS]
    )
    return Grid(title=view.title, columns=columns, rows=rows)


def _sentence(comparison: Comparison) -> str:
    """The largest change of each view that has one."""
    largest = [(VIEWS[key], found[0]) for key, found in comparison.changes.items() if found]
    return "; ".join(f"{each.name} {each.difference:+.3f} {view.unit}" for view, each in largest[:_NAMED])


def _named(comparison: Comparison | None) -> Cell:
    if comparison is None:
        return Cell("")
    found = comparison.changes.get("heap-packages", ())
    text = ", ".join(f"{each.name} {each.difference:+,.0f} KB" for each in found[:_NAMED])
    return Cell(text or "nothing", "plain" if found else "muted")


def _steps(profiles: Sequence[Profile]) -> Iterator[Comparison | None]:
    yield None
    for before, after in itertools.pairwise(profiles):
        yield compare(before, after)
