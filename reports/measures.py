"""All figures of an arm by one kind of key: those that every report shows, and those that single experiments need."""

from reports.metrics import FURTHER, METRICS, Metric, value_of
from reports.model import Arm

__all__ = ["figures_of", "measure_named"]

_OF_COMMANDS = "response_ms_mean:"


def figures_of(arm: Arm) -> dict[str, float]:
    """Metrics, measures and counters by their keys, and `response_ms_mean:balance` for each command."""
    metrics = {metric.key: value_of(arm.metrics, metric) for metric in METRICS}
    commands = {f"{_OF_COMMANDS}{name}": found.mean for name, found in arm.response_ms_by_command.items()}
    measured = {key: value for key, value in metrics.items() if value is not None}
    return measured | arm.measures | commands | {key: float(count) for key, count in arm.counters.items()}


def measure_named(key: str) -> Metric:
    """How a figure is called and shown, and which direction is better; one that nobody described is a plain number."""
    known = next((metric for metric in (*METRICS, *FURTHER) if metric.key == key), None)
    if known is not None:
        return known
    if key.startswith(_OF_COMMANDS):
        title = f"Response time of {key.removeprefix(_OF_COMMANDS)}"
        return Metric(key=key, title=title, unit="ms", better="lower", digits=1)
    return Metric(key=key, title=key.replace("_", " ").capitalize(), unit="", better="lower", digits=3)
