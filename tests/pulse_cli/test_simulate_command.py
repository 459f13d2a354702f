"""`pulse simulate`: what it prints, and how it ends."""

import pytest
from typer.testing import CliRunner, Result

from profiles.simulate import campaign
from profiles.simulate.history import Dealt, Effect, History
from profiles.simulate.world import World
from pulse_cli.main import app
from service.core.errors import ConfigError


def simulate(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["simulate", *arguments], env={"COLUMNS": "300"})


def test_one_seed_is_one_world_with_every_invariant_judged() -> None:
    done = simulate("--seed", "3", "--faults", "kill,duplicates", "--trace")
    assert done.exit_code == 0, done.output
    assert "Simulation: 1 worlds, nothing broken" in done.output
    assert "at-most-once" in done.output
    assert "writes wamid.M0001" in done.output
    assert "MONEY" in done.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--seeds", "0"], "--seeds must be more than 0"),
        (["--seed", "-1"], "--seed must not be negative"),
        (["--jobs", "0"], "--jobs must be more than 0"),
        (["--faults", "bad-luck"], "there is no fault 'bad-luck'"),
    ],
)
def test_bad_input_is_an_error_in_one_line(arguments: list[str], words: str) -> None:
    done = simulate(*arguments)
    assert isinstance(done.exception, ConfigError)
    assert words in str(done.exception)


def test_a_broken_invariant_is_shown_with_its_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process: a process of its own would run the real world."""
    paid = Effect(1.0, "1", "2", 5, None, None, 1.0)
    history = History([Dealt(0.0, "1", "2", 5, ""), paid, paid])
    monkeypatch.setattr(campaign, "run_world", lambda seed, kinds: World(seed, 3, True, kinds, history, 9.0))
    monkeypatch.setattr(campaign, "in_processes", lambda works, tick, at_once: [work(tick) for work in works])
    done = simulate("--seed", "77", "--faults", "kill")
    assert done.exit_code == 1
    assert "at-most-once, seed 77: 2 payments were made of one" in done.output
    assert "replay: pulse simulate --seed 77 --trace --faults kill" in done.output


def test_two_runs_that_differ_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = iter([History([Dealt(0.0, "1", "2", 5, "")]), History([Dealt(0.0, "1", "2", 6, "")])])
    monkeypatch.setattr(campaign, "run_world", lambda seed, kinds: World(seed, 3, True, kinds, next(runs), 9.0))
    run = campaign.run_seeds([campaign.TWICE_EVERY], ("kill",), lambda _: None)
    [failure] = [failure for failure in run.failures if failure.invariant == "repeatable"]
    assert failure.seed == campaign.TWICE_EVERY
    assert [line.split("  ")[-1] for line in failure.lines] == [
        "1 wants to pay 5 cents to 2",
        "1 wants to pay 6 cents to 2",
    ]
