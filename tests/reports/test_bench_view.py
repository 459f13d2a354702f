import msgspec
import pytest

from reports import bench_view, markdown
from reports.bench_tables import arm_label
from reports.document import Grid
from reports.model import Arm, Run
from reports.stats import Summary


def titles(grid: Grid) -> list[str]:
    return [column.title for column in grid.columns]


def texts(grid: Grid, row: int) -> list[str]:
    return [cell.text for cell in grid.rows[row]]


def test_the_metrics_table_has_the_agreed_columns(run: Run) -> None:
    grid = bench_view.document(run).grids[0]
    assert titles(grid) == ["metric", "phase 0", "phase 3", "change", "roadmap target", "limit"]


def test_a_metric_is_shown_with_change_target_and_limit(run: Run) -> None:
    grid = bench_view.document(run).grids[0]
    assert texts(grid, 0) == [
        "Response time mean, ms",
        "500.0",
        "250.0",
        "-50.0 % better",
        "< 200 missed",
        "125.0 (x2.00)",
    ]
    assert texts(grid, 4) == ["Cache hit rate, %", "40.0", "72.0", "+32.0 pts better", "> 80 missed", "90.0 (x0.80)"]


def test_tones_follow_the_direction_but_one_process_is_no_evidence(run: Run) -> None:
    changes = {row[0].text: (row[3].text, row[3].tone) for row in bench_view.document(run).grids[0].rows}
    assert changes["Response time mean, ms"] == ("-50.0 % better", "good")
    assert changes["Response time p99, ms"] == ("+10.0 % worse", "bad")
    assert changes["Response time p50, ms"] == ("same", "muted")
    assert changes["RSS settled, MB"] == ("+10.0 % worse", "plain")


def test_one_arm_alone_has_no_change(run: Run) -> None:
    document = bench_view.document(msgspec.structs.replace(run, arms=run.arms[:1]))
    assert document.title == "Bench: phase 0"
    assert titles(document.grids[0]) == ["metric", "phase 0", "roadmap target", "limit"]


def test_an_arm_between_first_and_last_has_its_own_column(run: Run, candidate: Arm) -> None:
    middle = msgspec.structs.replace(candidate, name="phase-1")
    document = bench_view.document(msgspec.structs.replace(run, arms=(run.arms[0], middle, run.arms[1])))
    assert titles(document.grids[0])[1:5] == ["phase 0", "phase 1", "phase 3", "change"]


def test_every_row_has_a_cell_for_every_column(run: Run) -> None:
    for grid in bench_view.document(run).grids:
        assert {len(row) for row in grid.rows} == {len(grid.columns)}


def test_hit_rates_are_shown_by_namespace(run: Run) -> None:
    grid = bench_view.document(run).grids[1]
    assert titles(grid) == ["namespace", "phase 0", "phase 3", "asked", "hits", "stale", "coalesced", "misses"]
    assert texts(grid, 0) == ["price", "40.0", "72.0", "100", "72", "3", "5", "20"]


def test_a_namespace_that_only_the_baseline_asked_for_has_no_invented_figures(run: Run, candidate: Arm) -> None:
    silent = msgspec.structs.replace(candidate, hits_by_namespace={})
    grid = bench_view.document(msgspec.structs.replace(run, arms=(run.arms[0], silent))).grids[1]
    assert texts(grid, 0) == ["price", "40.0", "-", "-", "-", "-", "-", "-"]


def test_response_times_are_shown_by_command(run: Run) -> None:
    grid = bench_view.document(run).grids[2]
    assert titles(grid) == ["command", "count", "phase 0 mean", "phase 3 mean", "phase 0 p99", "phase 3 p99"]
    assert texts(grid, 0) == ["price", "50", "480.0", "240.0", "1,900.0", "1,200.0"]


def test_a_command_that_one_arm_never_saw_is_shown_with_a_gap(run: Run, candidate: Arm) -> None:
    times = {"history": Summary(count=1, mean=9.0, p50=9.0, p90=9.0, p99=9.0)}
    other = msgspec.structs.replace(candidate, response_ms_by_command=times)
    grid = bench_view.document(msgspec.structs.replace(run, arms=(run.arms[0], other))).grids[2]
    assert texts(grid, 1) == ["history", "1", "-", "9.0", "-", "9.0"]


def test_tables_without_rows_are_left_out(run: Run) -> None:
    bare = tuple(msgspec.structs.replace(arm, hits_by_namespace={}, response_ms_by_command={}) for arm in run.arms)
    assert len(bench_view.document(msgspec.structs.replace(run, arms=bare)).grids) == 1


def test_the_lines_identify_trace_conditions_and_switches(run: Run) -> None:
    assert bench_view.document(run).lines == (
        "12,345 messages, 60 minutes, workload reference, seed 7, trace 3fa9c2",
        "Python 3.11.7, Linux, 2 cores, Valkey 9.1.2, measured in 41.2 s",
        "phase 0: all switches off",
        "phase 3: switches 1.1, 3.2",
    )


@pytest.mark.parametrize(
    ("name", "label"), [("phase-12", "phase 12"), ("main@3f", "main@3f"), ("a-phase-1", "a-phase-1")]
)
def test_arms_are_named_for_readers(candidate: Arm, name: str, label: str) -> None:
    assert arm_label(msgspec.structs.replace(candidate, name=name)) == label


def test_the_report_as_markdown(run: Run) -> None:
    page = markdown.render(bench_view.document(run))
    assert page.startswith("## Bench: phase 3 against phase 0\n\n12,345 messages")
    assert "| metric | phase 0 | phase 3 | change | roadmap target | limit |\n| :-- | --: |" in page
    assert "| RSS settled, MB | 60.0 | 66.0 | +10.0 % worse | < 200 met |  |" in page
    assert page.endswith("\n- One thing more.\n")


def test_a_pipe_in_a_cell_does_not_break_a_markdown_table(run: Run, candidate: Arm) -> None:
    odd = msgspec.structs.replace(candidate, name="a|b")
    page = markdown.render(bench_view.document(msgspec.structs.replace(run, arms=(run.arms[0], odd))))
    assert r"| metric | phase 0 | a\|b | change |" in page
