"""What an observation costs, with item 6.1 and without: a message makes about forty of them."""

import pytest
from prometheus_client import Histogram
from pytest_benchmark.fixture import BenchmarkFixture

from service.clocks import SystemClock
from service.core.switches import Switches
from service.observe.catalogue import counter_families, histogram_families
from service.observe.exposition import render
from service.observe.histograms import RESPONSE, Histograms
from service.observe.meter import MemoryMeter
from service.wiring.metrics import Metrics

LABELS = ("help", "balance", "price", "send", "confirm", "history", "link", "verify")


def on() -> Switches:
    return frozenset({"6.1"})


def off() -> Switches:
    return frozenset()


@pytest.mark.parametrize("switches", [off, on], ids=["off", "on"])
def test_observe(benchmark: BenchmarkFixture, switches: object) -> None:
    metrics = Metrics(SystemClock(), on if switches is on else off)
    benchmark(metrics.meter.observe, "response_s", 0.123, "balance")
    assert metrics.memory.observed["response_s", "balance"].count > 0


def test_observe_in_buckets_alone(benchmark: BenchmarkFixture) -> None:
    histograms = Histograms()
    benchmark(histograms.observe, "response_s", 0.123, "balance")
    assert sum(histograms.read()["response_s", "balance"].counts) > 0


@pytest.mark.parametrize("is_kept", [True, False], ids=["child kept", "labels looked up"])
def test_the_client_library_for_comparison(benchmark: BenchmarkFixture, *, is_kept: bool) -> None:
    histogram = Histogram("response_s", "Response time", ["command"], buckets=RESPONSE, registry=None)
    if is_kept:
        benchmark(histogram.labels("balance").observe, 0.123)
    else:
        benchmark(lambda: histogram.labels("balance").observe(0.123))
    assert [
        sample.value for metric in histogram.collect() for sample in metric.samples if sample.name.endswith("count")
    ]


def test_count(benchmark: BenchmarkFixture) -> None:
    metrics = Metrics(SystemClock(), on)
    benchmark(metrics.meter.count, "commands", "balance")
    assert metrics.memory.counts["commands", "balance"] > 0


def test_render(benchmark: BenchmarkFixture) -> None:
    meter, histograms = MemoryMeter(), Histograms()
    for label in LABELS:
        meter.count("commands", label)
        for name in ("response_s", "upstream_s"):
            histograms.observe(name, 0.123, label)

    def scrape() -> bytes:
        return render([*counter_families(meter.counts), *histogram_families(histograms.read())])

    assert len(benchmark(scrape)) > 10_000
