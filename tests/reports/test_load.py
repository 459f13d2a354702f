"""What load runs and capacities say."""

import math

import msgspec
import pytest

from reports import capacity, load_view
from reports.capacity import Bracket, Capacity, Edge, Load, Trial, limited_by
from reports.document import Document
from reports.load import Crossing, Generator, LoadRun, Process, Sample, crossing, summary_of, windows
from reports.load_view import Look, live
from reports.rss import Growth, Rss, SlopeLimit
from reports.slo import judge, parse_slo

SLO = parse_slo("p99<2s,errors<1%")
RSS = Rss(at_s=(1.0, 2.0), messages=(10, 20), rss_mb=(70.0, 71.5))
GROWTH = Growth(mb_per_million=6.0, low=4.0, high=8.0, halves=(11.0, 1.0), messages=90, warm_up=10)
LIMIT = SlopeLimit(text="rss_slope<5MB/M", mb_per_million=5.0)


def samples(*response_ms: float | None) -> list[Sample]:
    """One a second."""
    return [Sample(float(number), ms) for number, ms in enumerate(response_ms)]


def text(page: Document) -> str:
    cells = [cell.text for grid in page.grids for row in grid.rows for cell in row]
    return "\n".join([page.title, *page.lines, *cells, *page.notes])


def run(**changes: object) -> LoadRun:
    base = LoadRun(
        target="a bot",
        profile="constant:1/4s",
        shape="constant",
        seed=1,
        seen="replies",
        seconds=4.0,
        messages=4,
        response_ms=summary_of(samples(10.0, 20.0, 30.0)),
        statuses={"200": 4, "0": 1},
        outcome=judge(SLO, [10.0, 20.0, 30.0, None]),
        windows=windows(samples(10.0, 20.0, 30.0, None), lambda _: 1.0, 2.0),
        generator=Generator(late_ms_p99=1.0, late_ms_max=2.0, cpu_share=0.1),
    )
    return msgspec.structs.replace(base, **changes)


def test_windows_have_their_messages_and_leave_out_gaps() -> None:
    found = windows([Sample(0.5, 5.0), Sample(0.7, None), Sample(4.1, 7.0)], lambda at_s: 10 * at_s, 1.0)
    assert [(one.end_s, one.offered_per_s, one.messages, one.errors) for one in found] == [
        (1.0, 5.0, 2, 1),
        (5.0, 45.0, 1, 0),
    ]
    assert (found[0].p50_ms, found[0].p99_ms) == (5.0, math.inf)


def test_what_is_open_is_no_answer() -> None:
    summary = summary_of([Sample(0.0, 5.0), Sample(1.0, 900.0, 0.0, is_open=True)])
    assert summary is not None
    assert (summary.count, summary.mean) == (1, 5.0)
    assert summary_of(samples(None)) is None


def test_a_crossing_is_the_first_window_with_enough_messages_for_the_limit() -> None:
    limits = parse_slo("p50<100ms")
    found = crossing(limits, samples(500.0, 1.0, 1.0, 500.0, 500.0, 1.0), lambda at_s: at_s, 3.0)
    assert found == Crossing(at_s=6.0, rate_per_s=4.5, limits=("p50<100ms",))
    assert crossing(parse_slo("p99<100ms"), samples(500.0, 500.0), lambda at_s: at_s, 3.0) is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, 1),
        ({"outcome": judge(SLO, [1.0])}, 0),
        ({"outcome": None}, 0),
        ({"messages": 0}, 4),
        ({"refused": "late"}, 3),
        ({"outcome": None, "slope_limit": LIMIT}, 3),
        ({"outcome": None, "slope_limit": LIMIT, "growth": GROWTH}, 3),
        ({"outcome": None, "slope_limit": LIMIT, "growth": msgspec.structs.replace(GROWTH, low=5.5)}, 1),
        ({"outcome": None, "slope_limit": LIMIT, "growth": msgspec.structs.replace(GROWTH, high=4.5)}, 0),
        ({"slope_limit": LIMIT}, 1),
        ({"outcome": None, "crossing": Crossing(at_s=1.0, rate_per_s=1.0, limits=("p99<2s",))}, 1),
    ],
)
def test_the_exit_code_is_the_verdict(changes: dict[str, object], code: int) -> None:
    assert run(**changes).code == code


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ("3 replies, 1 not", "CROSSED", "25 %", "connection lost 1 times", "decided by one of 4 messages")),
        ({"seen": "acceptance"}, ("REPLIES ARE NOT SEEN",)),
        ({"stopped": "enough"}, ("stopped early: enough", "not yet, when it was stopped")),
        ({"refused": "the generator"}, ("NO VERDICT: the generator",)),
        ({"shape": "soak"}, ("p99 of a window: 20.0 ms in the first third, never in the last",)),
        ({"shape": "breakpoint"}, ("did not break",)),
        ({"rss": RSS}, ("71.5 MB",)),
        ({"rss": RSS, "shape": "soak"}, ("growth not judged: 20 messages are too few",)),
        (
            {"rss": RSS, "shape": "soak", "growth": GROWTH},
            ("grows by 6.0 MB per million messages (+4.0 to +8.0, 95 %)", "+1.0 in the second"),
        ),
        (
            {"rss": RSS, "slope_limit": LIMIT, "growth": msgspec.structs.replace(GROWTH, low=-1.0)},
            ("within noise: +6.0 MB per million", "rss_slope<5MB/M is NOT DECIDED"),
        ),
        ({"crossing": Crossing(at_s=5.0, rate_per_s=70.0, limits=("p99<2s",))}, ("broke at 70.0 messages/s",)),
        (
            {"bot": Process(cpu_share=0.5, rss_mb_begin=70.0, rss_mb_peak=90.0, rss_mb_end=80.0)},
            ("50% of a core", "90.0 MB at most"),
        ),
    ],
)
def test_the_page_says_what_happened(changes: dict[str, object], words: tuple[str, ...]) -> None:
    page = text(load_view.document(run(**changes)))
    for word in words:
        assert word in page


def test_a_long_run_is_shown_in_a_table_that_fits() -> None:
    many = windows([Sample(float(at_s), 1.0) for at_s in range(1_000)], lambda _: 1.0, 1.0)
    [*_, grid] = load_view.document(run(windows=many)).grids
    assert 12 <= len(grid.rows) <= 24


def test_a_look_has_the_limits_so_far() -> None:
    look = Look(
        target="a bot",
        profile="constant:1/4s",
        at_s=2.0,
        seconds=4.0,
        rate_per_s=1.0,
        sent=3,
        answered=2,
        refused=1,
        late_ms=0.5,
        p50_ms=None,
        p99_ms=7.0,
        rss_mb=81.25,
        outcome=judge(SLO, [1.0]),
    )
    page = text(live(look))
    for word in ("2 of 4 s", "3 sent, 2 answered", "p50 -, p99 7.0 ms; RSS 81.2 MB", "holds"):
        assert word in page


@pytest.mark.parametrize(
    ("held", "trials", "confidence"), [(1, 1, 0.75), (3, 3, 0.9375), (0, 3, 0.9375), (5, 5, 0.984375), (2, 3, 0.6875)]
)
def test_the_confidence_is_that_of_the_beta_distribution(held: int, trials: int, confidence: float) -> None:
    assert Edge(1.0, held, trials).confidence == pytest.approx(confidence)


def test_the_confidence_agrees_with_an_independent_implementation() -> None:
    stats = pytest.importorskip("scipy.stats")
    for trials in range(1, 12):
        for held in range(trials + 1):
            most = max(held, trials - held)
            expected = stats.beta(most + 1, trials - most + 1).sf(0.5)
            assert Edge(1.0, held, trials).confidence == pytest.approx(expected)


@pytest.mark.parametrize(
    ("load", "words"),
    [
        (Load(), "not seen"),
        (Load(bot_cpu=0.97, machine_cpu=0.99), "the bot's core, 97% busy"),
        (Load(bot_cpu=0.5, machine_cpu=0.99), "the machine"),
        (Load(bot_cpu=0.5, machine_cpu=0.5, refused=9), "refused 9"),
        (Load(bot_cpu=0.5, machine_cpu=0.5), "waiting"),
    ],
)
def test_what_limited_is_what_was_full(load: Load, words: str) -> None:
    assert words in limited_by(load)


def found(bracket: Bracket, refused: str = "", *, virtual: bool = False) -> Capacity:
    trials = (
        Trial(rate=10.0, outcome=judge(SLO, [1.0]), load=Load(bot_cpu=0.2)),
        Trial(rate=20.0, outcome=judge(SLO, [None]), load=Load(bot_cpu=0.99), refused=refused),
    )
    return Capacity(
        target="a bot",
        slo="p99<2s,errors<1%",
        clock="virtual" if virtual else "real",
        seed=1,
        bracket=bracket,
        trials=trials,
        refused=refused,
    )


@pytest.mark.parametrize(
    ("result", "code", "words"),
    [
        (
            found(Bracket(Edge(10.0, 3, 3), Edge(20.0, 0, 3))),
            0,
            ("holds at 10.0 messages/s: 3 of 3 trials, 94% sure", "fails at 20.0", "limits it: the bot's core, 99%"),
        ),
        (found(Bracket(None, Edge(20.0, 0, 1))), 1, ("not even the lowest rate",)),
        (found(Bracket(Edge(10.0, 1, 1), None)), 0, ("the capacity is higher still",)),
        (found(Bracket(Edge(10.0, 1, 1), None), "late"), 3, ("NO VERDICT: late", "not judged")),
        (found(Bracket(Edge(10.0, 1, 1), Edge(20.0, 0, 1)), virtual=True), 0, ("holds at 10.0 messages/s\n",)),
    ],
)
def test_a_capacity_is_a_bracket_with_what_is_behind_it(result: Capacity, code: int, words: tuple[str, ...]) -> None:
    assert result.code == code
    for word in words:
        assert word in text(capacity.document(result))
