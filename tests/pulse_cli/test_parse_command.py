import io
import json

import typer
from typer.testing import CliRunner

from pulse_cli.parse import parse, parse_command


def written(text: str, *, voice: bool = False, stdin: str = "") -> list[str]:
    lines: list[str] = []
    parse_command(text, voice=voice, stdin=io.StringIO(stdin), write=lines.append)
    return lines


def run(*arguments: str, stdin: str | bytes = "") -> str:
    app = typer.Typer()
    app.command()(parse)
    result = CliRunner().invoke(app, list(arguments), input=stdin)
    assert result.exit_code == 0
    return result.stdout


def test_one_object_with_type_and_args() -> None:
    assert written("send 1,500 to bob") == ['{"type": "send", "args": {"amount": "1500", "recipient": "bob"}}']


def test_unicode_is_kept() -> None:
    assert written("send 5 to José") == ['{"type": "send", "args": {"amount": "5", "recipient": "José"}}']


def test_a_voice_note_is_marked() -> None:
    assert json.loads(written("balance", voice=True)[0]) == {"type": "balance", "args": {"voiceRequested": "true"}}


def test_dash_reads_one_message_a_line() -> None:
    types = [json.loads(line)["type"] for line in written("-", stdin="balance\n\ncancel\nprice jmd")]
    assert types == ["balance", "unknown", "cancel", "price"]


def test_a_broken_character_is_one_line_all_the_same() -> None:
    (line,) = written("send 5 to bob \ud800 a\u2028b")
    assert json.loads(line)["type"] == "send"
    assert line.encode().decode().splitlines() == [line]


def test_command_prints_json_with_and_without_the_option() -> None:
    expected = '{"type": "help", "args": {"category": "1"}}\n'
    assert run("1") == run("1", "--json") == expected


def test_command_reads_standard_input() -> None:
    assert run("-", "--voice", stdin="yes\n") == '{"type": "confirm", "args": {"voiceRequested": "true"}}\n'


def test_bytes_that_are_no_text_do_not_stop_the_command() -> None:
    types = [json.loads(line)["type"] for line in run("-", stdin=b"\xff\xfe\nbalance\n").splitlines()]
    assert types == ["unknown", "balance"]
