"""The text is read back by the parser of Prometheus' own client library."""

from prometheus_client.parser import text_string_to_metric_families

from service.observe.catalogue import COUNTERS, HISTOGRAMS, counter_families, histogram_families
from service.observe.exposition import Family, render
from service.observe.histograms import Histogram, Histograms
from service.observe.meter import MemoryMeter


def samples_of(text: bytes) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    families = text_string_to_metric_families(text.decode())
    return {(s.name, tuple(sorted(s.labels.items()))): s.value for family in families for s in family.samples}


def test_labels_of_any_text_survive() -> None:
    odd = 'a "quoted" \\ back\nslash, {brace} = é'
    text = render([Family("pulse_x", "gauge", "a \\ help\nof two lines", ("label",), {(odd,): 1.5})])
    assert samples_of(text) == {("pulse_x", (("label", odd),)): 1.5}


def test_numbers_survive() -> None:
    values = {"big": 2.0**60, "small": 1e-12, "negative": -3.25, "endless": float("inf")}
    text = render([Family("pulse_x", "gauge", "x", ("of",), {(name,): value for name, value in values.items()})])
    assert samples_of(text) == {("pulse_x", (("of", name),)): value for name, value in values.items()}


def test_buckets_are_cumulative_and_end_with_all() -> None:
    text = render(
        [Family("pulse_s", "histogram", "x", ("command",), {("help",): Histogram((0.1, 1.0), (2, 3, 1), 9.5)})]
    )
    [family] = text_string_to_metric_families(text.decode())
    assert family.type == "histogram"
    buckets = {s.labels["le"]: s.value for s in family.samples if s.name == "pulse_s_bucket"}
    assert buckets == {"0.1": 2.0, "1": 5.0, "+Inf": 6.0}
    assert {s.name: s.value for s in family.samples if "le" not in s.labels} == {
        "pulse_s_sum": 9.5,
        "pulse_s_count": 6.0,
    }


def test_everything_listed_is_announced_before_anything_happened() -> None:
    text = render([*counter_families({}), *histogram_families({})])
    announced = {line.split()[2] for line in text.decode().splitlines() if line.startswith("# TYPE")}
    assert announced == {listed.name for listed in (*COUNTERS, *HISTOGRAMS)}
    assert samples_of(text) == {("pulse_payment_alarms_total", ()): 0.0}


def test_names_are_listed_once() -> None:
    names = [listed.name for listed in (*COUNTERS, *HISTOGRAMS)]
    assert sorted(names) == sorted(set(names))


def test_reads_are_told_apart_from_what_was_asked() -> None:
    meter = MemoryMeter()
    for what in ("asked", "asked", "hit", "miss", "fresh"):
        meter.count("reads", f"price:{what}")
    found = samples_of(render(counter_families(meter.counts)))
    assert found["pulse_reads_asked_total", (("namespace", "price"),)] == 2
    by_result = {dict(labels)["result"]: n for (name, labels), n in found.items() if name == "pulse_reads_total"}
    assert by_result == {"hit": 1, "miss": 1, "fresh": 1}


def test_a_label_for_what_is_beyond_the_bound_is_shown_too() -> None:
    meter = MemoryMeter()
    meter.count("reads", "other")
    meter.count("payments", "other")
    found = samples_of(render(counter_families(meter.counts)))
    assert found["pulse_reads_total", (("namespace", "other"), ("result", ""))] == 1
    assert found["pulse_payment_transitions_total", (("after", ""), ("before", "other"))] == 1


def test_what_is_not_listed_is_shown_under_a_name_of_its_own() -> None:
    meter, histograms = MemoryMeter(), Histograms()
    meter.count("Bus events", "payment.sent")
    meter.count("leaks")
    histograms.observe("pool_wait_s", 0.2)
    histograms.observe("batch_size", 4.0, "me")
    families = [*counter_families(meter.counts), *histogram_families(histograms.read())]
    found = samples_of(render(families))
    assert found["pulse_bus_events_total", (("label", "payment.sent"),)] == 1
    assert found["pulse_leaks_total", ()] == 1
    assert found["pulse_pool_wait_seconds_count", ()] == 1
    assert found["pulse_batch_size_sum", (("label", "me"),)] == 4
