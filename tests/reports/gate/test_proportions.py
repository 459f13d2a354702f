import pytest
from scipy import stats

from reports.gate.model import Interval
from reports.gate.proportions import clopper_pearson, wilson


class Near(Interval, frozen=True):
    """Equal to limits that are close to these."""

    within: float = 1e-9

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Interval) and all(
            one is not None and two is not None and abs(one - two) <= self.within
            for one, two in ((self.low, other.low), (self.high, other.high))
        )

    def __hash__(self) -> int:
        return hash((self.low, self.high))


CASES = [(0, 10), (1, 10), (5, 10), (10, 10), (3, 200), (199, 200), (40, 1_000), (0, 400), (1, 1)]


@pytest.mark.parametrize(("count", "total"), CASES)
@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
def test_clopper_pearson_is_that_of_scipy(count: int, total: int, confidence: float) -> None:
    expected = stats.binomtest(count, total).proportion_ci(confidence, method="exact")
    assert clopper_pearson(count, total, confidence) == Near(expected.low, expected.high)


@pytest.mark.parametrize(("count", "total"), CASES)
def test_wilson_is_that_of_scipy(count: int, total: int) -> None:
    expected = stats.binomtest(count, total).proportion_ci(0.95, method="wilson")
    assert wilson(count, total) == Near(expected.low, expected.high)


def test_wilsons_interval_for_81_of_263_as_newcombe_printed_it() -> None:
    """R. G. Newcombe, Statistics in Medicine 17 (1998), 857-872, table I."""
    assert wilson(81, 263) == Near(0.2553, 0.3662, within=5e-5)


def test_the_exact_interval_for_81_of_263_as_newcombe_printed_it() -> None:
    assert clopper_pearson(81, 263) == Near(0.2527, 0.3676, within=5e-5)


def test_no_failure_of_many_leaves_about_three_of_them_possible() -> None:
    """The rule of three is the one-sided limit; the two-sided one is ln 40 = 3.7."""
    assert clopper_pearson(0, 1_000) == Near(0.0, 0.00368, within=1e-5)


@pytest.mark.parametrize(("count", "total"), [(1, 0), (-1, 5), (6, 5)])
def test_what_is_no_rate_is_refused(count: int, total: int) -> None:
    for interval in (wilson, clopper_pearson):
        with pytest.raises(ValueError, match="is no rate"):
            interval(count, total)
