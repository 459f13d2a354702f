"""What others feel of QR codes and statements (item 5.2): ordinary traffic, and heavy users beside it.

In virtual time, by the whole bot: others' messages, and what their answers wait for at Flash and WhatsApp, are the same
in every arm to the last digit, so what is left of a difference is the event loop that stood still.
"""

import json
import sys
import timeit
from collections.abc import Callable, Sequence

import msgspec

from profiles.arms import ArmSpec, phase_arm
from profiles.trace import draw
from profiles.virtual_run import Response, run_arm
from profiles.workload import load_workload
from profiles.workload_model import Workload
from reports.stats import mean, percentile
from service.core.queries import Transaction
from service.reply.qr import draw_qr
from service.reply.speech import speak
from service.reply.statement_csv import csv_rows
from service.reply.statement_pdf import pdf_pages
from service.reply.statements import BATCH_ROWS
from service.roadmap import LAST_PHASE

__all__ = ["cpu_work", "measure_costs_ms", "measure_cpu_work"]

_ROUNDS = 60


def measure_cpu_work(minutes: float = 5.0, seed: int = 1) -> dict[str, dict[str, float]]:
    """The figures of `cpu_work` with item 5.2 off and on, by "off" and "on"; item 5.3 is on in both."""
    workload = load_workload("heavy")
    arms = (("off", "-5.2"), ("on", "+5.2"))
    return {name: cpu_work(phase_arm(LAST_PHASE, change), workload, seed, minutes) for name, change in arms}


def cpu_work(arm: ArmSpec, workload: Workload, seed: int, minutes: float | None = None) -> dict[str, float]:
    """One arm beside the workload's heavy users.

    `others_ms_p99` and `_mean`: response times of the users who ask for nothing heavy. `delay_ms_p99`, `_max` and
    `_mean`: by how much each of their answers came later than without the heavy users. `heavy_ms_mean`: until a
    heavy user had the QR code or the file. `blocked_ms`: how long the loop stood still for rendering, in all.
    """
    trace = draw(workload, seed, minutes)
    quiet = tuple(one for one in trace.arrivals if not one.is_heavy)
    alone = run_arm(arm, workload, msgspec.structs.replace(trace, arrivals=quiet))
    run = run_arm(arm, workload, trace)
    names = {arrival.wamid for arrival in quiet}
    before = _times(alone.responses, names)
    others = _times(run.responses, names)
    delays = sorted(others[name] - before[name] for name in others.keys() & before.keys())
    beside = [each.response_ms for each in run.responses if each.wamid not in names and each.response_ms is not None]
    return {
        "others_ms_mean": mean(list(others.values())),
        "others_ms_p99": percentile(sorted(others.values()), 99),
        "delay_ms_mean": mean(delays),
        "delay_ms_p99": percentile(delays, 99),
        "delay_ms_max": delays[-1],
        "heavy_ms_mean": mean(beside),
        "blocked_ms": sum(run.charged_ms.get(work, 0.0) for work in ("qr_png", "speech", "csv_rows", "pdf_rows")),
    }


def measure_costs_ms() -> dict[str, float]:
    """What one piece of each kind of work takes on this machine: the least of 60 rounds, in ms."""
    rows = tuple(
        Transaction(
            f"0123abcd-1234-5678-9abc-{n:012}", n % 2 == 0, "SUCCESS", n * 37, "12.34", "USD", 1_700_000_000 + n
        )
        for n in range(BATCH_ROWS)
    )
    works: dict[str, Callable[[], object]] = {
        "qr_png": lambda: draw_qr("LIGHTNING:LNBC50U1" + "Q" * 300),
        "speech": lambda: speak("Your balance is $250.00."),
        "csv_rows": lambda: csv_rows(rows),
        "pdf_rows": lambda: pdf_pages("Flash statement", 1, rows),
    }
    return {name: 1000 * min(timeit.repeat(work, number=1, repeat=_ROUNDS)) for name, work in works.items()}


def _times(responses: Sequence[Response], names: set[str]) -> dict[str, float]:
    return {one.wamid: one.response_ms for one in responses if one.wamid in names and one.response_ms is not None}


if __name__ == "__main__":
    figures = measure_costs_ms() if "--costs" in sys.argv else measure_cpu_work()
    print(json.dumps(figures, indent=1))  # noqa: T201 - a program's result
