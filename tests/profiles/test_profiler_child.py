"""The program around the bot's, around a small one: what it writes down, and what it does not."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from profiles.profilers import child
from tests.canaries import APP_SECRET, SECRETS, found_in

PROGRAM = """
import asyncio, os, signal, uvloop
from pathlib import Path

async def leaf():
    await asyncio.sleep(30)

async def main():
    waiting = asyncio.create_task(leaf())
    for number in (1, 2):
        kept.append(bytes(100_000))
        os.kill(os.getpid(), signal.SIGUSR1)
        while not (Path(os.environ["OUT"]) / f"mark-{number}").exists():
            await asyncio.sleep(0.01)
    waiting.cancel()

kept = []
uvloop.run(main())
"""

pytestmark = pytest.mark.real


def profiled(kind: str, place: Path) -> Path:
    program, out = place / "program.py", place / "out"
    out.mkdir()
    program.write_text(PROGRAM)
    command = [sys.executable, child.__file__, kind, str(out), "--", str(program), APP_SECRET]
    subprocess.run(command, env={**os.environ, **SECRETS, "OUT": str(out)}, timeout=60, check=True)
    return out


def test_a_task_is_seen_at_the_line_where_it_waits(tmp_path: Path) -> None:
    found = json.loads((profiled("waits", tmp_path) / "waits.json").read_text())
    assert any(stack["frames"][0].startswith("leaf\0") for stack in found["stacks"])


def test_what_is_alive_is_known_by_its_line_and_code_by_its_file(tmp_path: Path) -> None:
    found = json.loads((profiled("heap", tmp_path) / "heap-2.json").read_text())
    sizes = {site["line"]: site["bytes"] for site in found["sites"] if site["file"].endswith("program.py")}
    assert max(sizes.values()) > 200_000
    assert any(file.endswith("uvloop/__init__.py") for file in found["code"])


def test_growth_is_counted_from_the_first_mark(tmp_path: Path) -> None:
    found = json.loads((profiled("growth", tmp_path) / "heap-2.json").read_text())
    sizes = {site["line"]: site["bytes"] for site in found["sites"] if site["file"].endswith("program.py")}
    assert 100_000 < max(sizes.values()) < 200_000


@pytest.mark.parametrize("kind", ["cpu", "waits", "heap", "growth", "memray", "leaks"])
def test_neither_arguments_nor_the_environment_are_written(kind: str, tmp_path: Path) -> None:
    written = [path.read_bytes().decode("latin-1") for path in profiled(kind, tmp_path).iterdir()]
    assert any(written)
    assert not [found for text in written if (found := found_in(text))]


def test_a_capture_does_not_know_how_the_bot_was_called(tmp_path: Path) -> None:
    memray = pytest.importorskip("memray")
    with memray.FileReader(profiled("memray", tmp_path) / "memray.bin") as reader:
        assert reader.metadata.command_line == "the bot"
