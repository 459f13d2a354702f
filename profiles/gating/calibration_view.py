"""A calibration as a document."""

from profiles.gating.calibrating import Calibrated
from profiles.gating.timed import PLANTED
from reports.document import Column, Document, Grid, cells
from reports.gate.proportions import clopper_pearson
from reports.measures import measure_named

__all__ = ["document"]

_JUDGED = "cpu_ms_per_message"


def document(found: Calibrated) -> Document:
    """How often equal arms alarmed, how often the slower one was caught, and what can be seen in how many minutes."""
    one = found.calibration
    columns = (Column("metric", "text"), Column("smallest change"), Column("rounds"), Column("minutes"))
    rows = tuple(
        cells(
            measure_named(each.metric).title,
            f"{100 * each.smallest_change:.1f} %",
            f"{each.rounds}",
            f"{each.minutes:.1f}",
        )
        for each in one.resolutions
    )
    rivals = tuple(
        cells(name, *(f"{100 * count / one.comparisons:.1f} %" for count in counts))
        for name, counts in (("pulse gate", (one.false_alarms, found.caught[_JUDGED])), *found.rivals.items())
    )
    headings = (Column("rule", "text"), Column("false alarms"), Column("caught"))
    beside = Grid(title="The same rounds, judged by others, who see the CPU time alone", columns=headings, rows=rivals)
    return Document(
        title="Calibration of the timed metrics",
        lines=(
            f"{found.rounds} rounds in {found.minutes:.1f} minutes on {one.machine}",
            f"false alarms of equal arms: {_share(one.false_alarms, one.comparisons)}",
            *(
                f"{100 * found.planted:.3g} % {PLANTED[metric]}: {_share(count, one.comparisons)} caught"
                for metric, count in found.caught.items()
            ),
        ),
        grids=(*((Grid(title="Seen in 95 cases of 100", columns=columns, rows=rows),) if rows else ()), beside),
        notes=(
            (
                "Each comparison draws two of three equal bots, and its rounds from those measured: "
                "more minutes make the rates better. In brackets: 95 % limits (Clopper-Pearson) of independent ones."
            ),
        ),
    )


def _share(count: int, total: int) -> str:
    limits = clopper_pearson(count, total)
    return f"{count} of {total} comparisons ({_percent(limits.low)} to {_percent(limits.high)})"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"
