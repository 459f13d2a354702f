"""`pulse quality`: the checkout beside the roadmap's limits."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pulse_cli.main import app
from service.core.errors import ConfigError

ROOT = Path(__file__).parents[2]


@pytest.mark.no_cover  # what runs here others cover, and tracing it takes three times as long
def test_a_checkout_is_held_against_every_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    report = tmp_path / "coverage.json"
    report.write_text(json.dumps({"totals": {"percent_covered": 79.0}}))
    result = CliRunner().invoke(app, ["quality", "--coverage", str(report)])
    assert result.exit_code == 1
    for words in ("cyclomatic complexity per function", "lines per file", "circular imports", "79.0 %"):
        assert words in result.stdout


@pytest.mark.parametrize("report", ["nowhere.json", "README.md"])
def test_a_report_that_cannot_be_read_is_named(report: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    with pytest.raises(ConfigError, match=f"no coverage report in {report}"):
        CliRunner().invoke(app, ["quality", "--coverage", report], catch_exceptions=False)


def test_only_a_checkout_can_be_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="is no checkout of pulse"):
        CliRunner().invoke(app, ["quality"], catch_exceptions=False)
