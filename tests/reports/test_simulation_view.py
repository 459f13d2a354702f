"""The report of a simulation."""

from typing import Any

import msgspec

from reports.document import Document
from reports.simulation import Failure, Judged, Simulation
from reports.simulation_view import document

CLEAN = Simulation(
    kinds=("kill", "pay-late", "no-keys"),
    counts={"worlds": 300, "messages": 60_000, "payments": 9_000, "effects": 8_000, "boots": 900, "kills": 600},
    judged=(Judged("at-most-once", "money is taken once", "payments", 8_000, 0),),
    met=(("kill", "intended", 41),),
    failures=(),
    wall_s=100.0,
    cpu_s=150.0,
)
BROKEN = msgspec.structs.replace(
    CLEAN,
    judged=(Judged("at-most-once", "money is taken once", "payments", 8_000, 2),),
    failures=(Failure(77, "at-most-once", "2 payments were made of one", ("12.5  MONEY 5 cents",)),),
    faults="kill",
)


def text(report: Document) -> str:
    cells = [cell.text for grid in report.grids for row in grid.rows for cell in row]
    return "\n".join([report.title, *report.lines, *cells, *report.notes])


def rows(report: Document, grid: int) -> dict[str, list[str]]:
    return {row[0].text: [cell.text for cell in row[1:]] for row in report.grids[grid].rows}


def test_a_clean_run_says_what_it_proves_and_what_not() -> None:
    shown = text(document(CLEAN))
    assert "300 worlds, nothing broken" in shown
    assert "below 3/300 = 0.01 at 95 %" in shown
    assert "not of days in the real one" in shown
    assert CLEAN.is_clean


def test_speed_is_by_core() -> None:
    assert "2.0 worlds, 400 messages, 60 payments" in text(document(CLEAN))


def test_a_failure_names_the_invariant_the_proof_and_the_command_that_shows_it_again() -> None:
    shown = text(document(BROKEN))
    assert "broken: at-most-once" in shown
    assert "at-most-once, seed 77: 2 payments were made of one\n  12.5  MONEY 5 cents" in shown
    assert "pulse simulate --seed 77 --trace --faults kill" in shown
    assert "at 95 %" not in shown
    assert not BROKEN.is_clean


def test_the_matrix_has_a_row_for_each_fault_that_can_meet_a_payment() -> None:
    met: dict[str, Any] = rows(document(CLEAN), 1)
    assert met == {"kill": ["-", "-", "41", "-", "-"], "pay-late": ["-"] * 5}


def test_invariants_of_two_parts_add_up() -> None:
    one, other = CLEAN.judged[0], BROKEN.judged[0]
    assert one.plus(other) == Judged("at-most-once", "money is taken once", "payments", 16_000, 2)
