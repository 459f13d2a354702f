import pytest
from prometheus_client.parser import text_string_to_metric_families

from reports.model import RunError
from reports.scrape import Scrape, parse

TEXT = r"""
# HELP pulse_reads_total How reads were answered
# TYPE pulse_reads_total counter
pulse_reads_total{namespace="price",result="hit"} 3
pulse_reads_total{namespace="price",result="miss"} 1
pulse_reads_total{namespace="balance",result="hit"} 2
pulse_up 1
pulse_odd{label="a \"b\" \\n \\ {c}, d=\"e\" \n"} 1.5e-3 1700000000
pulse_s_bucket{command="help",le="0.1"} 2
pulse_s_bucket{command="help",le="+Inf"} 5
pulse_s_bucket{command="link",le="0.1"} 1
pulse_s_bucket{command="link",le="+Inf"} 1
"""


@pytest.fixture(scope="module")
def scrape() -> Scrape:
    return parse(TEXT)


def test_every_sample_is_read_as_prometheus_own_parser_does(scrape: Scrape) -> None:
    theirs = {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(TEXT.lstrip())
        for sample in family.samples
    }
    ours = {(name, labels): value for name, found in scrape.samples.items() for labels, value in found.items()}
    assert ours == theirs


def test_samples_that_have_the_labels_are_added_up(scrape: Scrape) -> None:
    assert scrape.value("pulse_reads_total") == 6
    assert scrape.value("pulse_reads_total", result="hit") == 5
    assert scrape.value("pulse_reads_total", result="stale") == 0
    assert scrape.value("pulse_gone") == 0


def test_samples_are_told_apart_by_one_label(scrape: Scrape) -> None:
    assert scrape.by("pulse_reads_total", "namespace") == {"price": 4, "balance": 2}
    assert scrape.by("pulse_reads_total", "namespace", result="miss") == {"price": 1}


def test_buckets_of_several_histograms_add_up(scrape: Scrape) -> None:
    assert scrape.buckets("pulse_s", command="help") == {0.1: 2, float("inf"): 5}
    assert scrape.buckets("pulse_s") == {0.1: 3, float("inf"): 6}


@pytest.mark.parametrize("line", ["<html>", "pulse_up", "pulse_up one", "pulse_up{ 1", "a b c d"])
def test_what_is_no_metric_is_refused_with_the_line(line: str) -> None:
    with pytest.raises(RunError, match="is it a pulse service"):
        parse(f"pulse_up 1\n{line}\n")
