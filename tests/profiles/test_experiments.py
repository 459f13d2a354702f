"""The experiments on statements and on work for the processor: small, and without a look at the time."""

import json

import msgspec
import pytest

from profiles.arms import phase_arm
from profiles.experiments.cpu_work import cpu_work, measure_costs_ms
from profiles.experiments.statement import statement_memory
from profiles.trace import draw
from profiles.virtual_clock import DEFAULT_COSTS
from profiles.workload import load_workload
from service.core.errors import ConfigError


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


@pytest.mark.no_cover  # what runs here others cover, and tracing it takes three times as long
def test_the_loop_does_not_stand_still_for_what_is_rendered_beside_it() -> None:
    heavy = load_workload("heavy")
    off, on = (cpu_work(phase_arm(3, changes), heavy, 2, 1.5) for changes in ("+5.3", "+5.2 +5.3"))
    assert (off["blocked_ms"] > 100, on["blocked_ms"]) == (True, 0)
    assert on["delay_ms_mean"] < off["delay_ms_mean"]
    assert on["delay_ms_max"] < off["delay_ms_max"]


def test_heavy_users_are_added_to_a_trace_that_is_otherwise_the_same() -> None:
    quiet, heavy = (draw(load_workload(name), 1, 2.0) for name in ("reference", "heavy"))
    added = [one for one in heavy.arrivals if one.is_heavy]
    assert [one for one in heavy.arrivals if not one.is_heavy] == list(quiet.arrivals)
    assert {one.user for one in added}.isdisjoint({one.user for one in quiet.arrivals})
    assert {one.intent for one in added} == {"receive", "statement"}
    assert {heavy.population[one.user].past_rows for one in added} == {20_000}


def test_heavy_users_have_to_be_found() -> None:
    few = load_workload("history")
    crowd = msgspec.structs.replace(few, heavy=msgspec.structs.replace(few.heavy, readers=999))
    with pytest.raises(ConfigError, match="999 heavy users are wanted, and only"):
        draw(crowd, 1)


@pytest.mark.no_cover  # what runs here others cover, and tracing it takes three times as long
def test_every_kind_of_work_that_is_measured_has_a_cost() -> None:
    costs_ms = measure_costs_ms()
    assert json.dumps(costs_ms)
    assert all(DEFAULT_COSTS.seconds(work) > 0 for work in costs_ms)
