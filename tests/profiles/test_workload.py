"""Workload files: what is read from them, and what is refused in one line."""

from pathlib import Path

import pytest

from profiles.workload import WorkloadError, list_workloads, load_workload

GOOD = """
title = "Small"
duration_minutes = 2
users = { count = 5 }
arrivals = { messages_per_s = 1.0 }
mix = { balance = 1.0 }
upstream = { default = { median_ms = 100.0 } }
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text)
    return path


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(WorkloadError) as caught:
        load_workload(written(folder, text))
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix(str(folder / "mine.toml: "))


@pytest.mark.parametrize("name", ["burst", "outage", "quiet", "reference", "spam"])
def test_every_shipped_workload_can_be_loaded(name: str) -> None:
    assert load_workload(name).name == name


def test_the_list_holds_the_shipped_ones() -> None:
    assert {"burst", "outage", "quiet", "reference", "spam"} <= set(list_workloads())


def test_a_path_is_read_and_named_after_its_file(tmp_path: Path) -> None:
    workload = load_workload(written(tmp_path, GOOD))
    assert (workload.name, workload.users.count, workload.redis.rtt_ms) == ("mine", 5, 1.0)


def test_a_shipped_name_comes_before_a_file_of_that_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("quiet").write_text(GOOD)
    assert load_workload("quiet").title != "Small"


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(WorkloadError, match="stampede: no such workload or file; there are: burst, "):
        load_workload("stampede")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (GOOD + "speed = 3\n", "speed: unknown key"),
        (GOOD.replace("count = 5", "count = 5, colour = 1"), "users.colour: unknown key"),
        (GOOD.replace("count = 5", ""), "users.count: missing"),
        (GOOD.replace("count = 5", "count = 1"), "users.count: expected `int` >= 2"),
        (GOOD.replace("count = 5", 'count = "many"'), "users.count: expected `int`, got `str`"),
        (GOOD.replace("duration_minutes = 2", "duration_minutes = 0"), "duration_minutes: expected `float` > 0.0"),
        (GOOD.replace("balance = 1.0", "balance = 0.0"), "mix: all weights of the mix are 0"),
        (GOOD.replace("balance = 1.0", "dance = 1.0"), "mix.dance: unknown key"),
        (GOOD + "spam = { share = 1.5 }\n", "spam.share: expected `float` <= 1.0"),
        (GOOD + "spam = { min_copies = 5, max_copies = 3 }\n", "spam: min_copies is above max_copies"),
        (GOOD + "sends = { answers = { max_s = 400.0 } }\n", "sends.answers.max_s: expected `float` <= 290.0"),
        (GOOD + "redis = { rtt_ms = -1.0 }\n", "redis.rtt_ms: expected `float` >= 0.0"),
        (GOOD + "title = 'again'\n", "is not TOML: Cannot overwrite a value (at line 8, column 16)"),
        ("users = [", "is not TOML: Invalid value (at end of document)"),
    ],
)
def test_a_mistake_is_told_with_its_file_and_key(tmp_path: Path, text: str, expected: str) -> None:
    assert refusal(tmp_path, text) == expected


def test_an_outage_names_its_place_in_the_list(tmp_path: Path) -> None:
    outages = "[[upstream.outages]]\nstart_s = 1.0\nduration_s = 5.0\nkind = 'nap'\n"
    text = (
        GOOD.replace("upstream = { default = { median_ms = 100.0 } }", "upstream.default.median_ms = 100.0") + outages
    )
    assert refusal(tmp_path, text) == "upstream.outages[0].kind: invalid enum value 'nap'"


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(WorkloadError, match=r"mine\.toml: is not UTF-8"):
        load_workload(path)


def test_the_latency_model_is_that_of_the_file() -> None:
    upstream = load_workload("outage").upstream
    model = upstream.model()
    assert (model.default.median_ms, model.failure_rate) == (upstream.default.median_ms, upstream.failure_rate)
    assert [(outage.start_s, outage.kind, outage.factor) for outage in model.outages] == [
        (outage.start_s, outage.kind, outage.factor) for outage in upstream.outages
    ]
    assert model.outages


def test_a_workload_extends_a_shipped_one_key_by_key(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('extends = "quiet"\ntitle = "Mine"\n[users]\ncount = 77\n')
    mine, quiet = load_workload(file), load_workload("quiet")
    assert (mine.title, mine.users.count, mine.users.linked_share) == ("Mine", 77, quiet.users.linked_share)
    assert mine.mix == quiet.mix


def test_only_a_shipped_workload_can_be_extended(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('extends = "nowhere"\n')
    with pytest.raises(WorkloadError, match=r"mine\.toml: extends: no such workload; there are: burst"):
        load_workload(file)
