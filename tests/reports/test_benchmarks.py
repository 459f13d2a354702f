"""Files of pytest-benchmark against each other."""

import math
from typing import Any

import msgspec
import pytest

from reports.benchmarks import Benchmarks, compare_benchmarks, decode, is_benchmarks
from reports.benchmarks_view import document, duration
from reports.interop import FORMATS
from reports.markdown import render
from reports.model import RunError
from tests.reports.history.kit import run_of


def file_of(cpu: str = "A processor", **medians: float) -> Benchmarks:
    """Benchmarks by their medians, whose quartiles and extremes are a tenth away."""
    found: list[dict[str, Any]] = [
        {
            "fullname": f"tests/test_x.py::{name}",
            "stats": {
                "min": 0.8 * median,
                "mean": median,
                "median": median,
                "q1": 0.9 * median,
                "q3": 1.1 * median,
                "rounds": 9,
            },
        }
        for name, median in medians.items()
    ]
    document = {"benchmarks": found, "machine_info": {"cpu": {"brand_raw": cpu}, "python_version": "3.11.7"}}
    return decode(msgspec.json.encode(document), "a file")


def outcomes(before: Benchmarks, after: Benchmarks) -> dict[str, str]:
    found = compare_benchmarks(("old.json", before), ("new.json", after))
    return {row.name.rpartition("::")[2]: row.outcome for row in found.rows}


def test_each_benchmark_has_an_outcome() -> None:
    before, after = file_of(a=1.0, b=1.0, c=1.0, d=1.0), file_of(a=1.5, b=0.5, c=1.1, e=1.0)
    assert outcomes(before, after) == {
        "a": "slower",
        "b": "faster",
        "c": "within noise",
        "d": "only before",
        "e": "only after",
    }


def test_a_fastest_round_that_says_the_opposite_is_noise() -> None:
    before, after = file_of(a=1.0), file_of(a=1.5)
    stats = msgspec.structs.replace(after.benchmarks[0].stats, min=0.7)
    lucky = msgspec.structs.replace(after, benchmarks=[msgspec.structs.replace(after.benchmarks[0], stats=stats)])
    assert outcomes(before, lucky) == {"a": "within noise"}


def test_ratios_are_those_of_the_medians() -> None:
    found = compare_benchmarks(("old", file_of(a=1.0, b=1.0)), ("new", file_of(a=2.0, b=8.0)))
    assert [row.ratio for row in found.rows] == [2.0, 8.0]
    assert found.ratio_geometric_mean == pytest.approx(4.0)


def test_benchmarks_without_a_common_one_have_no_ratio() -> None:
    assert compare_benchmarks(("old", file_of(a=1.0)), ("new", file_of(b=1.0))).ratio_geometric_mean is None


def test_another_machine_is_named() -> None:
    found = compare_benchmarks(("old", file_of(a=1.0)), ("new", file_of("Another", a=1.0)))
    assert found.differences == (("processor", "A processor", "Another"),)
    assert "| processor | A processor | Another |" in render(document(found))


def test_the_report_has_a_row_for_each() -> None:
    text = render(document(compare_benchmarks(("old", file_of(a=1.0, b=1e-3)), ("new", file_of(a=1.5, c=1.0)))))
    assert "1 slower, 0 faster, 0 within noise" in text
    assert "1 only before, 1 only after" in text
    assert "| a | 1.00 s | 1.50 s | 1.00 s | 1.50 s | 20 / 20 | 1.500 | 1.500 | slower |" in text
    assert "| b | 1.00 ms | - | 1.00 ms | - | 20 / - | - | - | only before |" in text


def test_our_own_export_is_such_a_file() -> None:
    data = FORMATS["pytest-benchmark"](run_of())
    assert is_benchmarks(data)
    assert len(decode(data, "ours").benchmarks) == 4


@pytest.mark.parametrize(
    ("data", "why"),
    [(b"{}", "required field `benchmarks`"), (b'{"benchmarks": []}', "no benchmarks"), (b"x", "malformed")],
)
def test_what_is_no_such_file_is_refused_with_the_reason(data: bytes, why: str) -> None:
    with pytest.raises(RunError, match=f"cannot read x.json: .*{why}"):
        decode(data, "x.json")


def test_a_run_of_ours_is_no_such_file() -> None:
    assert not is_benchmarks(FORMATS["json"](run_of()))


@pytest.mark.parametrize(
    ("time_s", "text"),
    [
        (8.2e-8, "82.0 ns"),
        (1.5e-5, "15.0 us"),
        (0.0123, "12.3 ms"),
        (0.123456, "123 ms"),
        (75.0, "75.0 s"),
        (math.pi, "3.14 s"),
    ],
)
def test_a_time_is_shown_in_the_unit_that_suits_it(time_s: float, text: str) -> None:
    assert duration(time_s) == text
