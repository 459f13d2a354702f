"""What commands write beside their report on the terminal: into a file, or for "-" to standard output instead of it."""

import sys
from pathlib import Path

import msgspec

from reports.ablation import dump
from reports.document import Document
from reports.markdown import render

__all__ = ["is_printed", "write", "write_json", "write_markdown"]

_STDOUT = Path("-")


def is_printed(*files: Path | None) -> bool:
    """Whether standard output is taken by one of them."""
    return _STDOUT in files


def write(data: bytes, file: Path | None) -> None:
    """Writes the whole of it or nothing; nothing at all without a file. Raises RunError."""
    if file == _STDOUT:
        sys.stdout.write(data.decode())
    elif file is not None:
        dump(data, file)


def write_json(facts: object, file: Path | None) -> None:
    """As `write`, indented."""
    write(msgspec.json.format(msgspec.json.encode(facts), indent=2) + b"\n", file)


def write_markdown(document: Document, file: Path | None) -> None:
    """As `write`, with GitHub's tables."""
    write(render(document).encode(), file)
