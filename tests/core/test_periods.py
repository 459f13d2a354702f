from datetime import UTC, datetime

import pytest

from service.core.periods import Period, period_of

NOW_S = datetime(2026, 3, 15, 12, tzinfo=UTC).timestamp()


def at(year: int, month: int, day: int = 1) -> int:
    return int(datetime(year, month, day, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("month", "name", "begin_s", "end_s"),
    [
        ("all", "all", 0, int(NOW_S) + 1),
        ("this", "2026-03", at(2026, 3), int(NOW_S) + 1),
        ("last", "2026-02", at(2026, 2), at(2026, 3)),
        ("2025-12", "2025-12", at(2025, 12), at(2026, 1)),
        ("03", "2026-03", at(2026, 3), int(NOW_S) + 1),
        ("04", "2025-04", at(2025, 4), at(2025, 5)),
        ("2024-02", "2024-02", at(2024, 2), at(2024, 3)),
    ],
)
def test_a_month_is_of_the_calendar_in_utc(month: str, name: str, begin_s: int, end_s: int) -> None:
    assert period_of(month, NOW_S) == Period(name, begin_s, end_s)


def test_the_month_before_january_is_december() -> None:
    assert period_of("last", at(2026, 1, 31)) == Period("2025-12", at(2025, 12), at(2026, 1))


@pytest.mark.parametrize("month", ["2026-04", "2026-13", "2026-00", "13", "", "march", "2008-12", "9999-01", "٢٠٢٦-٠٣"])
def test_what_is_no_month_or_has_not_begun_has_no_period(month: str) -> None:
    assert period_of(month, NOW_S) is None


def test_a_month_has_begun_in_its_first_second() -> None:
    assert period_of("this", at(2026, 4)) == Period("2026-04", at(2026, 4), at(2026, 4) + 1)
