"""The probes of `pulse doctor`, each with what it looks at as an argument."""

import asyncio
import itertools
from pathlib import Path

import httpx
import pytest

from profiles.doctor import deployment, machine, noise, servers, tools
from profiles.doctor.checkup import examine
from reports.doctor import Checkup, Finding, document
from service.core.errors import StoreUnavailable
from service.settings import CREDENTIALS, Settings, load_settings

KEY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
SECRET = "super-secret-value"


@pytest.mark.parametrize(
    ("finding", "state", "words"),
    [
        (machine.interpreter((3, 11, 7), "CPython"), "ok", "CPython 3.11.7"),
        (machine.interpreter((3, 10, 1), "CPython"), "failed", "3.11"),
        (machine.interpreter((3, 11, 7), "PyPy"), "warning", "CPython"),
        (machine.cores(8, 4, "max 100000"), "ok", "4 of 8"),
        (machine.cores(8, 8, "150000 100000"), "warning", "1.5 of 8"),
        (machine.cores(1, 1, ""), "warning", "shares its core"),
        (machine.load(0.4, 2), "ok", "0.40"),
        (machine.load(1.4, 2), "warning", "wait for it"),
        (machine.clock_source("tsc"), "ok", "tsc"),
        (machine.clock_source("hpet"), "warning", "slow"),
        (machine.clock_source(""), "ok", "not told"),
        (machine.open_files(20_000, 20_000), "ok", "20,000"),
        (machine.open_files(-1, -1), "ok", "no limit"),
        (machine.open_files(1_024, 1_048_576), "warning", "ulimit -n 4096"),
        (tools.package("memray", "profile", "it", lambda _: "1.2"), "ok", "1.2"),
        (tools.package("memray", "profile", "it", lambda _: None), "warning", "pip install 'pulse-bot[profile]'"),
        (tools.attach(["gdb"], 0, "0"), "ok", "ptrace is allowed"),
        (tools.attach([], 0, ""), "warning", "install gdb"),
        (tools.attach(["gdb"], 1, "1"), "warning", "ptrace_scope=0"),
        (tools.attach(["gdb"], 1, "3"), "warning", "restart"),
        (tools.attach(["gdb"], 1, ""), "warning", "SYS_PTRACE"),
        (tools.attach(["lldb"], None, ""), "ok", "lldb"),
        (deployment.disk(Path("/"), lambda _: 50_000_000_000), "ok", "50.0 GB"),
        (deployment.disk(Path("/"), lambda _: 500_000_000), "warning", "make room"),
        (deployment.disk(Path("/"), lambda _: 5_000_000), "failed", "make room"),
        (noise.noise([1.0, 1.01, 1.02], 0.0), "ok", "1.02 x"),
        (noise.noise([1.0, 1.2, 1.4], 0.0), "warning", "more rounds"),
        (noise.noise([1.0, 1.0, 1.0], 0.3), "warning", "30%"),
    ],
)
def test_a_probe_says_what_it_found_and_what_to_do(finding: Finding, state: str, words: str) -> None:
    assert finding.state == state
    assert words in f"{finding.found} {finding.advice}"
    assert bool(finding.advice) == (state != "ok")


def test_a_tick_is_the_smallest_step_that_is_seen() -> None:
    readings = itertools.chain.from_iterable((second, second) for second in itertools.count(step=0.25))
    assert machine.ticks(lambda: next(readings)).state == "warning"


def test_the_robust_spread_is_that_of_a_normal_sample_and_spares_outliers() -> None:
    assert noise.robust_spread([99.0, 100.0, 101.0, 100.0, 1e9]) == pytest.approx(0.014826)
    with pytest.raises(ValueError, match="no samples"):
        noise.robust_spread([])


def test_noise_is_measured_for_as_long_as_asked_and_knows_how_long_the_core_was_elsewhere() -> None:
    wall, cpu = itertools.count(step=0.5), itertools.count(step=4.0)
    times, away_share = noise.measure(lambda: next(wall), lambda: next(cpu), 12.0)
    assert times == [0.5] * 10
    assert away_share == pytest.approx(1 - 4.0 / 13.5)


@pytest.mark.parametrize(
    ("names", "key", "state", "words"),
    [
        ((), KEY, "ok", "sandbox"),
        (CREDENTIALS[:2], KEY, "failed", "FLASH_API_KEY"),
        (CREDENTIALS, "short", "failed", "32 bytes"),
        (CREDENTIALS, KEY, "ok", "WHATSAPP_APP_SECRET"),
    ],
)
def test_credentials_are_named_and_never_shown(names: tuple[str, ...], key: str, state: str, words: str) -> None:
    given = dict.fromkeys(names, SECRET) | ({"PULSE_ENCRYPTION_KEY": key} if "PULSE_ENCRYPTION_KEY" in names else {})
    finding = deployment.credentials(load_settings(given))
    text = f"{finding.found} {finding.advice}"
    assert (finding.state, words in text) == (state, True)
    assert SECRET not in text


def test_only_addresses_that_somebody_has_set_are_asked(tmp_path: Path) -> None:
    file = tmp_path / "pulse.toml"
    file.write_text('flash_api_url = "http://127.0.0.1:1/graphql"\n')
    found = deployment.configured({"REDIS_URL": "redis://127.0.0.1:2", "PULSE_PHASE": "3"}, file)
    assert deployment.named_urls(found) == {
        "FLASH_API_URL": "http://127.0.0.1:1/graphql",
        "REDIS_URL": "redis://127.0.0.1:2",
    }
    assert deployment.named_urls(deployment.configured({}, None)) == {}


def test_settings_that_cannot_be_read_are_a_finding_of_their_own(tmp_path: Path) -> None:
    finding = deployment.settings_file(deployment.configured({"PULSE_CONCURRENCY": "none"}, None))
    assert (finding.state, "pulse_concurrency" in finding.found) == ("failed", True)
    missing = deployment.configured({}, tmp_path / "missing.toml")
    assert "missing.toml" in deployment.settings_file(missing).found


def test_the_data_directory_has_to_be_one_that_can_be_written(tmp_path: Path) -> None:
    assert deployment.data_directory(tmp_path / "a/b").state == "ok"
    assert deployment.data_directory(tmp_path / "a/b", lambda _: False).state == "failed"
    (tmp_path / "file").touch()
    assert "names a file" in deployment.data_directory(tmp_path / "file").advice


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (f"https://me:{SECRET}@host.test/{SECRET}?x={SECRET}", "https://host.test"),
        (f"redis://:{SECRET}@127.0.0.1:6379/0", "redis://127.0.0.1:6379"),
        ("unix:///run/valkey.sock", "unix:///run/valkey.sock"),
    ],
)
def test_an_address_is_shown_without_its_secrets(url: str, shown: str) -> None:
    assert deployment.shown(url) == shown


def test_any_answer_is_one_and_silence_is_none() -> None:
    ticking = itertools.count()
    refusing = httpx.MockTransport(lambda _: httpx.Response(405))

    def dead(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(SECRET)

    async def ask(transport: httpx.MockTransport, url: str = "http://host.test/graphql") -> Finding:
        return await servers.reach_http("FLASH_API_URL", url, lambda: float(next(ticking)), transport)

    answered, silent = asyncio.run(ask(refusing)), asyncio.run(ask(httpx.MockTransport(dead)))
    assert (answered.state, answered.found) == ("ok", "http://host.test answers in 1,000 ms (HTTP 405)")
    assert (silent.state, SECRET in silent.found) == ("failed", False)
    nonsense = asyncio.run(servers.reach_http("FLASH_API_URL", f"{SECRET}", lambda: 0.0))
    assert (nonsense.state, SECRET in nonsense.found) == ("failed", False)


def test_a_store_that_cannot_be_is_explained_without_its_password() -> None:
    down = asyncio.run(servers.reach_store(f"redis://:{SECRET}@127.0.0.1:1/0", durable=True))
    wrong = asyncio.run(servers.reach_store(f"http://:{SECRET}@127.0.0.1", durable=True))
    assert [one.state for one in (down, wrong)] == ["failed", "failed"]
    assert SECRET not in f"{down}{wrong}"


@pytest.mark.real
def test_a_store_that_answers_is_well(store_url: str) -> None:
    assert asyncio.run(servers.reach_store(store_url, durable=False)).state == "ok"


@pytest.mark.parametrize(("needed", "state"), [(True, "failed"), (False, "warning")])
def test_no_server_program_is_a_fault_only_where_one_is_needed(needed: bool, state: str) -> None:
    def none() -> Path:
        raise StoreUnavailable("install one")

    finding = asyncio.run(servers.embedded_store(needed=needed, binary=none))
    assert (finding.state, finding.advice) == (state, "install one")


@pytest.mark.real
def test_everything_is_looked_at(tmp_path: Path) -> None:
    checkup = asyncio.run(examine({"PULSE_DATA_DIR": str(tmp_path)}, None, noise_s=0.0))
    subjects = [one.subject for one in checkup.findings]
    assert subjects[0] == "python"
    assert len(subjects) == len(set(subjects)) == 17
    assert checkup.findings[subjects.index("valkey")].state == "ok"


def test_one_failure_is_enough() -> None:
    well, ill = (
        Finding(subject="a", state="warning", found="x", advice="do"),
        Finding(subject="b", state="failed", found="y", advice="mend"),
    )
    assert (Checkup.of([well]).ok, Checkup.of([well, ill]).ok) == (True, False)
    page = document(Checkup.of([well, ill]))
    assert (page.title, page.notes) == ("Checkup: 1 warning, 1 failed", ("a: do", "b: mend"))


def test_the_settings_come_as_they_are_where_nothing_is_set() -> None:
    assert deployment.configured({}, None).settings == Settings()
