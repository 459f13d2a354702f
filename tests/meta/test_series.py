"""The guide's table of series is what a service announces."""

import re
from pathlib import Path

from service.observe.catalogue import COUNTERS, HISTOGRAMS

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
SECTION = GUIDE.partition("\n## Metrics\n")[2].partition("\n## ")[0]
TABLE = [line for line in SECTION.splitlines() if line.startswith("| `pulse_")]


def test_every_listed_series_is_in_the_table_with_its_labels() -> None:
    rows = {re.findall(r"`(\w+)`", line.split("|")[1])[0]: re.findall(r"`(\w+)`", line.split("|")[2]) for line in TABLE}
    listed = {one.name: list(one.labels) for one in (*COUNTERS, *HISTOGRAMS)}
    assert {name: rows.get(name) for name in listed} == listed


def test_every_series_of_the_table_is_named_in_the_code() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "service").rglob("*.py"))
    named = {name for line in TABLE for name in re.findall(r"`(pulse_\w+)`", line.split("|")[1])}
    assert len(named) > 40
    assert {name for name in named if f'"{name}"' not in sources} == set()
