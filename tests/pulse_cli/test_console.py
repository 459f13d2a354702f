import io
from typing import Literal

import pytest
from rich.console import Console

from pulse_cli import console
from reports.document import Cell, Column, Document, Grid, cells

FIGURES = ("1,012.9", "-53.7 % better", "< 200 missed", "180.2 (x1.29)", "+34.0 pts better")
WIDE = Document(
    title="Bench [bold]",
    lines=("twelve messages",),
    grids=(
        Grid(
            title="Figures",
            columns=(
                Column("metric", "text"),
                Column("phase 0"),
                Column("change"),
                Column("roadmap target"),
                Column("limit"),
                Column("other"),
            ),
            rows=((Cell("Redis round trips per message"), *(Cell(text, "good") for text in FIGURES)),),
        ),
    ),
    notes=("a note",),
)


def shown(document: Document, width: int, *, colours: bool = False) -> str:
    out = io.StringIO()
    system: Literal["standard"] | None = "standard" if colours else None
    console.show(document, Console(file=out, width=width, force_terminal=colours, color_system=system))
    return out.getvalue()


@pytest.mark.parametrize("width", [110, 84, 80, 60, 30, 10])
def test_no_figure_is_cut_or_broken_at_any_width(width: int) -> None:
    text = shown(WIDE, width)
    assert [figure for figure in FIGURES if figure not in text] == []


def test_a_wide_terminal_shows_one_line_for_a_row() -> None:
    assert "Redis round trips per message  1,012.9  -53.7 % better" in shown(WIDE, 110)


def test_a_table_too_wide_for_the_terminal_is_shown_row_by_row() -> None:
    assert "Redis round trips per message\n  phase 0: 1,012.9\n  change: -53.7 % better\n" in shown(WIDE, 40)


def test_square_brackets_are_text_and_not_markup() -> None:
    assert "Bench [bold]\ntwelve messages\n" in shown(WIDE, 110)


def test_a_pipe_gets_no_escape_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    out = io.StringIO()
    console.show(WIDE, Console(file=out, width=110))
    assert "\x1b" not in out.getvalue()


def test_a_terminal_gets_colours() -> None:
    assert "\x1b[32m1,012.9" in shown(WIDE, 110, colours=True)


def test_no_color_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[32m" not in shown(WIDE, 110, colours=True)


def test_a_table_without_rows_shows_its_head() -> None:
    empty = Document(title="t", grids=(Grid(columns=(Column("key", "text"), Column("state")), rows=()),))
    assert "key  state" in shown(empty, 80)


def test_a_row_of_plain_texts() -> None:
    assert cells("a", "b") == (Cell("a", "plain"), Cell("b", "plain"))


def test_a_failure_is_one_line_on_standard_error_and_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        console.fail("cannot read x.json", "line 1:\n  malformed [/x]", "measure it again " + "and again " * 20)
    assert ended.value.code == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith("error: cannot read x.json: line 1: malformed [/x]; measure it again and")
    assert output.err.count("\n") == 1


def test_a_failure_needs_no_cause_and_no_advice(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        console.fail("unknown phase 9", code=4)
    assert (ended.value.code, capsys.readouterr().err) == (4, "error: unknown phase 9\n")


def test_a_warning_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    console.warn("sandbox: no real money [here]")
    output = capsys.readouterr()
    assert (output.out, output.err) == ("", "warning: sandbox: no real money [here]\n")


def test_progress_draws_nothing_without_a_terminal() -> None:
    out = io.StringIO()
    with console.progress("phase 0", 10, Console(file=out)) as advance:
        advance(5)
    assert out.getvalue() == ""


def test_progress_shows_its_title_on_a_terminal() -> None:
    out = io.StringIO()
    with console.progress("phase 0", 10, Console(file=out, force_terminal=True)) as advance:
        advance(10)
    assert "phase 0" in out.getvalue()


def test_progress_says_what_is_being_done() -> None:
    out = io.StringIO()
    with console.progress("memory profile", 10, Console(file=out, force_terminal=True, width=100)) as advance:
        advance.say("phase-6, by tracemalloc")
    assert "memory profile: phase-6, by tracemalloc" in out.getvalue()


def test_a_pipe_has_room_for_a_whole_table(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    console.show(WIDE)
    assert "Redis round trips per message  1,012.9" in capsys.readouterr().out


def test_documents_that_follow_each_other_are_printed_one_by_one_into_a_pipe() -> None:
    out = io.StringIO()
    pages = (Document(title=f"page {n}") for n in range(3))
    console.watch(pages, Console(file=out, width=80, force_terminal=False))
    assert out.getvalue() == "page 0\npage 1\npage 2\n"


def test_on_a_terminal_each_takes_the_place_of_the_one_before() -> None:
    out = io.StringIO()
    pages = (Document(title=f"page {n}", lines=("[not markup]",)) for n in range(3))
    console.watch(pages, Console(file=out, width=80, height=20, force_terminal=True, color_system=None))
    *earlier, last = out.getvalue().split("page 2")
    assert "\x1b[1A" in "".join(earlier)  # up a line, over the page before
    assert "[not markup]" in last
