"""What reports cost: a bench summarises one response time per message."""

from pytest_benchmark.fixture import BenchmarkFixture

from reports.stats import summarize


def test_summary_of_a_hundred_thousand_samples(benchmark: BenchmarkFixture) -> None:
    samples = [float(value * 7919 % 100_003) for value in range(100_000)]
    assert benchmark(summarize, samples).count == len(samples)
