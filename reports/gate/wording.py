"""Figures, changes and limits in the words of a report."""

import math

from reports.gate.model import Interval
from reports.gate.rules import Limit
from reports.metrics import Metric, figure

__all__ = ["amount", "change_of", "interval_text", "limit_texts", "percent"]


def percent(share: float, digits: int = 2) -> str:
    """A signed change, as in "+5.0 %"; small ones keep two significant digits."""
    if math.isinf(share):
        return "infinitely more"
    if share and abs(share) < 10 ** -(digits + 2):
        return f"{share * 100:+.1g} %"
    return f"{share * 100:+.{digits}f} %"


def amount(metric: Metric, value: float | None) -> str:
    """A figure with its unit."""
    return f"{figure(metric, value)} {metric.unit}".rstrip() if value is not None else "-"


def change_of(metric: Metric, base: float | None, head: float | None) -> str:
    """What became of a figure: in percent of the base; of a share, or from zero, in the metric's own unit."""
    if base is None or head is None:
        return "-"
    if head == base:
        return "same"
    if metric.unit == "%" or base == 0:
        unit = "points" if metric.unit == "%" else metric.unit
        return f"{_signed((head - base) * metric.scale, metric.digits)} {unit}".rstrip()
    return percent(head / base - 1)


def interval_text(interval: Interval | None) -> str:
    """Limits of a change, as in "+1.2 % to +4.0 %"; empty where there are none."""
    low = "" if interval is None or interval.low is None else percent(interval.low, 1)
    high = "" if interval is None or interval.high is None else percent(interval.high, 1)
    if low and high:
        return f"{low} to {high}"
    return f"at least {low}" if low else f"at most {high}" if high else ""


def limit_texts(metric: Metric, limit: Limit) -> tuple[str, ...]:
    """What a limit allows, in a few words each."""
    said = []
    if limit.worse_by is not None:
        said.append(f"{limit.worse_by.text} worse" if limit.worse_by.amount else "no worse")
    crossing = " if base is" if limit.enforced == "crossing" else ""
    if limit.at_most is not None:
        said.append(f"at most {amount(metric, limit.at_most)}{crossing}")
    if limit.at_least is not None:
        said.append(f"at least {amount(metric, limit.at_least)}{crossing}")
    return tuple(said)


def _signed(value: float, digits: int) -> str:
    """Never rounded to nothing."""
    text = f"{value:+,.{digits}f}"
    return text if float(text.replace(",", "")) else f"{value:+.1g}"
