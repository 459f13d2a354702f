"""The experiments on statements and on work for the processor: small, and without a look at the time."""

import json

import pytest

from profiles.experiments.cpu_work import cpu_work, heavy_traffic, measure_costs_ms
from profiles.experiments.statement import statement_memory
from profiles.trace import draw
from profiles.virtual_clock import DEFAULT_COSTS
from profiles.workload import load_workload


@pytest.mark.real
def test_a_streamed_statement_takes_less_memory_than_one_in_memory() -> None:
    off, on = (statement_memory(switches, rows=8_000) for switches in ("", "5.3"))
    assert abs(off["document_mb"] - on["document_mb"]) < 0.01
    assert off["document_mb"] > 0.5
    assert on["heap_spike_mb"] < 0.4 * off["heap_spike_mb"]
    assert on["workers_mb"] == 0


@pytest.mark.real
def test_worker_processes_are_weighed_too() -> None:
    assert statement_memory("5.2 5.3", "pdf", rows=1_000)["workers_mb"] > 1


def test_the_loop_does_not_stand_still_for_what_is_rendered_beside_it() -> None:
    off, on = (cpu_work(changes, minutes=2.0) for changes in ("-5.2 +5.3", "+5.2 +5.3"))
    assert (off["blocked_ms"] > 100, on["blocked_ms"]) == (True, 0)
    assert on["delay_ms_mean"] < off["delay_ms_mean"]
    assert on["delay_ms_max"] < off["delay_ms_max"]


def test_heavy_users_are_added_to_a_trace_that_is_otherwise_the_same() -> None:
    quiet = draw(load_workload("reference"), 1, 2.0)
    heavy = heavy_traffic(quiet)
    added = [one for one in heavy.arrivals if one not in quiet.arrivals]
    assert [one for one in heavy.arrivals if one not in added] == list(quiet.arrivals)
    assert {one.user for one in added}.isdisjoint({one.user for one in quiet.arrivals})
    assert {one.intent for one in added} == {"receive", "statement"}


def test_every_kind_of_work_that_is_measured_has_a_cost() -> None:
    assert json.dumps(measure_costs_ms())
    assert all(DEFAULT_COSTS.seconds(work) > 0 for work in measure_costs_ms())
