"""`pulse parse`: what the bot understands of a text, one JSON object a line."""

import json
from collections.abc import Callable, Iterable
from typing import Annotated, TextIO

import typer

__all__ = ["parse", "parse_command"]

_STDIN = "-"


def parse_command(text: str, *, voice: bool, stdin: TextIO, write: Callable[[str], None]) -> None:
    """Writes `{"type": ..., "args": {...}}` for the text; for "-", for each line of `stdin`, until it ends."""
    from service.commands.parsing import parse as parse_text  # noqa: PLC0415 - `pulse --help` must not pay for it

    lines: Iterable[str] = stdin if text == _STDIN else (text,)
    for line in lines:
        parsed = parse_text(line, voice=voice)
        write(json.dumps({"type": parsed.type.value, "args": parsed.args}, ensure_ascii=False))


def parse(
    text: Annotated[str, typer.Argument(help="The message; - reads one message a line from standard input.")],
    *,
    voice: Annotated[bool, typer.Option("--voice", help="Parse it as a transcribed voice note.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, which is the only format.")] = False,
) -> None:
    """Show what the bot understands of TEXT."""
    del as_json  # accepted because every command takes --json
    stdin = typer.get_text_stream("stdin", encoding="utf-8", errors="replace")
    parse_command(text, voice=voice, stdin=stdin, write=typer.echo)
