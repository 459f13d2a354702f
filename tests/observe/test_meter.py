from service.observe.meter import MAX_SERIES, MemoryMeter, Observed


def test_counts_add_up_by_name_and_label() -> None:
    meter = MemoryMeter()
    meter.count("messages", "accepted")
    meter.count("messages", "accepted", 2)
    meter.count("messages", "duplicate")
    meter.count("webhooks")
    assert meter.by_label("messages") == {"accepted": 3, "duplicate": 1}
    assert meter.by_label("webhooks") == {"": 1}
    assert meter.by_label("absent") == {}


def test_observations_keep_count_sum_and_greatest() -> None:
    meter = MemoryMeter()
    for value in (0.5, 2.0, 1.0):
        meter.observe("message_s", value)
    assert meter.observed == {("message_s", ""): Observed(3, 3.5, 2.0)}


def test_labels_beyond_the_bound_are_one_series() -> None:
    meter = MemoryMeter()
    for n in range(2 * MAX_SERIES):
        meter.count("by user", f"user{n}")
        meter.observe("seconds by user", 1.0, f"user{n}")
    assert len(meter.counts) + len(meter.observed) == MAX_SERIES + 2
    assert sum(meter.by_label("by user").values()) == 2 * MAX_SERIES
    assert meter.observed["seconds by user", "other"].count == 2 * MAX_SERIES - MAX_SERIES // 2


def test_series_that_are_known_go_on_when_the_meter_is_full() -> None:
    meter = MemoryMeter()
    for n in range(MAX_SERIES):
        meter.count("n", str(n))
    meter.count("n", "7")
    meter.count("new name")
    assert (meter.counts["n", "7"], meter.counts["new name", "other"]) == (2, 1)
