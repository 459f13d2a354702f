"""Item 6.1: what metrics cost in CPU, in real processes, beside what two runs of the same arm differ by.

    python -m profiles.experiments.metrics_cost [PAIRS]

Arms alternate as off on on off off on ..., so that a machine that grows slower favours neither. Neighbours of the same
arm are the control: no difference between the arms means anything that is not clearly above theirs.
"""

import json
import statistics
import sys
from collections.abc import Callable, Sequence
from itertools import compress
from operator import not_

from profiles.arms import ArmSpec, phase_arm
from profiles.process_run import ProcessFigures, measure_process
from profiles.trace import draw
from profiles.workload import load_workload
from service.roadmap import LAST_PHASE

__all__ = ["PAIRS", "main", "metrics_cost", "order"]

PAIRS = 6
_MINUTES = 15.0


def metrics_cost(
    measure: Callable[[ArmSpec], ProcessFigures], *, phase: int = LAST_PHASE, pairs: int = PAIRS
) -> dict[str, float]:
    """CPU per message with item 6.1 off and on, and their difference in percent of off, over so many pairs.

    `measure` gives the figures of one process. `difference_percent_*` are over the pairs, `control_percent_*` over
    neighbours of the same arm, in absolute terms; `rss_mb_difference` is of settled memory.
    Raises ValueError for fewer than two pairs: without a control there is nothing to hold a difference against.
    """
    arms = order(phase, pairs)
    runs = [measure(arm) for arm in arms]
    is_on = ["6.1" in arm.switches for arm in arms]
    off, on = list(compress(runs, map(not_, is_on))), list(compress(runs, is_on))
    differences = [_percent(*pair) for pair in zip(off, on, strict=True)]
    controls = [abs(_percent(*runs[at : at + 2])) for at in range(1, len(runs) - 1, 2)]
    return {
        "pairs": float(pairs),
        "messages_per_run": float(runs[0].messages),
        "cpu_ms_per_message_off": _cpu_ms(off),
        "cpu_ms_per_message_on": _cpu_ms(on),
        "difference_percent_median": statistics.median(differences),
        "difference_percent_least": min(differences),
        "difference_percent_most": max(differences),
        "control_percent_median": statistics.median(controls),
        "control_percent_most": max(controls),
        "rss_mb_difference": _rss_mb(on) - _rss_mb(off),
    }


def order(phase: int, pairs: int) -> list[ArmSpec]:
    """The arms as they are measured: off on, on off, off on ... Raises ValueError for fewer than two pairs."""
    if pairs < 2:  # noqa: PLR2004 - the least that has neighbours of the same arm
        raise ValueError(f"{pairs} pairs have no control; two are the least")
    off, on = phase_arm(phase, "-6.1"), phase_arm(phase, "+6.1")
    return [arm for pair in range(pairs) for arm in ((off, on), (on, off))[pair % 2]]


def _percent(before: ProcessFigures, after: ProcessFigures) -> float:
    return 100 * (after.cpu_ms_per_message / before.cpu_ms_per_message - 1)


def _cpu_ms(runs: Sequence[ProcessFigures]) -> float:
    return statistics.median(run.cpu_ms_per_message for run in runs)


def _rss_mb(runs: Sequence[ProcessFigures]) -> float:
    return statistics.median(run.rss_mb_settled for run in runs)


def main(arguments: Sequence[str]) -> None:
    """Measures and prints the figures as JSON."""
    trace = draw(load_workload("reference"), 1, _MINUTES)
    serve = (sys.executable, "-m", "pulse_cli", "serve")
    figures = metrics_cost(
        lambda arm: measure_process(arm, trace, serve), pairs=int(arguments[0]) if arguments else PAIRS
    )
    sys.stdout.write(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
