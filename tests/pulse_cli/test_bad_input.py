"""What a user gets wrong is one line that says so and exit code 2, and never a traceback."""

import base64
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.settings import CREDENTIALS
from tests.pulse_cli.kit import Cli, pulse

CREDENTIALS_SET = dict.fromkeys(CREDENTIALS, "x")
CLOSED_STORE = {"REDIS_URL": "redis://127.0.0.1:1/0"}  # nobody listens on port 1


pytestmark = pytest.mark.usefixtures("nowhere")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("bench", "--phase", "9"), ("no phase 9", "0 (everything off) to")),
        (("bench", "--baseline", "-1"), ("no phase -1",)),
        (("bench", "--workload", "nope"), ("nope", "no such workload", "reference")),
        (("bench", "--minutes", "0"), ("--minutes", "more than 0")),
        (("bench", "--minutes", "nan"), ("--minutes",)),
        (("bench", "--json", "missing/run.json"), ("--json", "no directory missing")),
        (("bench", "--with", "+9.9"), ("no switch '9.9'",)),
        (("bench", "--baseline-with", "1.1"), ("+1.1 to switch it on",)),
        (("bench", "--ablate", "--items", "9.9"), ("no roadmap item '9.9'",)),
        (("bench", "--ablate", "--phase", "9"), ("no phase 9",)),
        (("bench", "--ablate", "--workload", "nope"), ("nope", "no such workload")),
        (("bench", "--ablate", "--markdown", "missing/page.md"), ("--markdown", "no directory missing")),
        (("serve", "--phase", "9"), ("no phase 9",)),
        (("serve", "--switches", "+9.9"), ("no switch '9.9'",)),
        (("serve", "--host", "0.0.0.0"), ("loopback", "0.0.0.0")),  # noqa: S104 - which is refused
        (("serve", "--config", "missing.toml"), ("missing.toml", "No such file")),
        (("flags", "enable", "9.9"), ("no roadmap item '9.9'", "1.1")),
        (("flags", "disable", "one"), ("no roadmap item 'one'",)),
        (("flags", "enable", "2.1"), ("2.1", "property of the code")),
        (("flags", "rollout", "1.1", "150"), ("150", "between 0 and 100")),
        (("flags", "rollout", "1.1", "nan"), ("nan", "between 0 and 100")),
        (("flags", "rollout", "1.1", "--", "-5"), ("-5", "between 0 and 100")),
        (("chat", "--url", "http://127.0.0.1:1"), ("no bot answers at http://127.0.0.1:1", "pulse serve")),
        (("chat", "--url", "nonsense"), ("no bot answers at nonsense",)),
    ],
)
def test_a_value_that_cannot_be_used_is_named(cli: Cli, arguments: tuple[str, ...], words: tuple[str, ...]) -> None:
    cli(*arguments).assert_refused(*words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("title = [", ("mine.toml", "not TOML")),
        ('title = "x"\nduration_minutes = 1\nfoo = 1\n', ("mine.toml", "foo", "unknown key")),
        ('title = "x"\nduration_minutes = -1\n', ("mine.toml", "duration_minutes")),
    ],
)
def test_a_workload_that_cannot_be_used_is_named_with_its_key(
    cli: Cli, tmp_path: Path, text: str, words: tuple[str, ...]
) -> None:
    (tmp_path / "mine.toml").write_text(text)
    cli("bench", "--workload", "mine.toml").assert_refused(*words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("pulse_phase = [", ("pulse.toml", "not valid TOML")),
        ('redis_urll = "redis://x"', ("pulse.toml", "redis_urll", "REDIS_URL")),
        ('pulse_phase = "many"', ("pulse_phase",)),
    ],
)
@pytest.mark.parametrize("command", [("serve",), ("flags", "list"), ("cache", "stats"), ("chat",)])
def test_a_settings_file_that_cannot_be_used_is_named_by_every_command(
    cli: Cli, tmp_path: Path, command: tuple[str, ...], text: str, words: tuple[str, ...]
) -> None:
    (tmp_path / "pulse.toml").write_text(text)
    cli(*command).assert_refused(*words)


@pytest.mark.parametrize("given", [("FLASH_API_KEY",), CREDENTIALS[:-1], CREDENTIALS[1:]])
def test_some_credentials_but_not_all_names_those_that_are_missing(cli: Cli, given: tuple[str, ...]) -> None:
    ended = cli("serve", environ=dict.fromkeys(given, "x"))
    ended.assert_refused(*(name for name in CREDENTIALS if name not in given))
    assert [name for name in given if name in ended.errors] == []


@pytest.mark.parametrize("command", [("flags", "list"), ("flags", "enable", "1.1"), ("cache", "clear")])
@pytest.mark.parametrize(
    ("url", "word"), [(CLOSED_STORE["REDIS_URL"], "check REDIS_URL"), ("http://127.0.0.1/0", "redis://")]
)
def test_operators_are_told_that_the_store_cannot_be_reached(
    cli: Cli, command: tuple[str, ...], url: str, word: str
) -> None:
    cli(*command, environ={"REDIS_URL": url}).assert_refused(word)


def test_warming_without_a_service_says_how_to_start_one(cli: Cli) -> None:
    cli("cache", "warm", environ=CLOSED_STORE).assert_refused("pulse serve")


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.mark.real
@pytest.mark.parametrize("option", ["--port", "--sandbox-port"])
def test_serve_on_a_port_in_use(taken_port: int, option: str) -> None:
    others = [] if option == "--port" else ["--port", "0"]
    pulse("serve", *others, option, str(taken_port)).assert_refused(str(taken_port), "in use")


@pytest.mark.real
@pytest.mark.parametrize(
    ("environ", "words"),
    [
        (CLOSED_STORE, ("127.0.0.1:1",)),
        ({"REDIS_URL": "http://127.0.0.1/0"}, ("redis://",)),
        (CREDENTIALS_SET, ("PULSE_ENCRYPTION_KEY", "32 bytes")),
        ({**CREDENTIALS_SET, "PULSE_ENCRYPTION_KEY": base64.b64encode(b"short").decode()}, ("PULSE_ENCRYPTION_KEY",)),
        ({"PULSE_LOG_LEVEL": "loud"}, ("PULSE_LOG_LEVEL", "loud")),
        ({"PULSE_FLAG_PROVIDER": "no.such:thing"}, ("PULSE_FLAG_PROVIDER", "no.such:thing")),
    ],
)
def test_serve_with_a_setting_that_cannot_work(environ: dict[str, str], words: tuple[str, ...]) -> None:
    pulse("serve", "--port", "0", environ=environ).assert_refused(*words)


@pytest.mark.real
def test_serve_on_a_store_that_may_forget(store_url: str) -> None:
    ended = pulse("serve", "--port", "0", environ={"REDIS_URL": store_url})
    ended.assert_refused("appendfsync everysec", "CONFIG SET appendfsync always", "REDIS_DURABILITY=any")


@pytest.mark.real
def test_serve_with_a_durability_that_there_is_not() -> None:
    ended = pulse("serve", "--port", "0", environ={"REDIS_DURABILITY": "sometimes"})
    ended.assert_refused("sometimes", "redis_durability")


@pytest.mark.real
def test_chat_as_somebody_unknown_names_who_there_is() -> None:
    pulse("chat", "--as", "nobody").assert_refused("nobody", "alice", "grace")


@pytest.mark.real
def test_chat_with_its_own_bot_that_cannot_start_says_why() -> None:
    pulse("chat", environ={"PULSE_FLAG_PROVIDER": "no.such:thing"}).assert_refused("no.such:thing")


def test_a_word_where_a_number_belongs_is_a_usage_error(cli: Cli) -> None:
    ended = cli("serve", "--port", "abc")
    assert ended.code == 2
    assert "--port" in ended.errors
    assert "Traceback" not in ended.errors
