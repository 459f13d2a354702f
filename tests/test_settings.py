import base64
from pathlib import Path

import pytest

from service.core.errors import ConfigError
from service.roadmap import LAST_PHASE
from service.settings import CREDENTIALS, Settings, encryption_key, load_settings, missing_credentials

KEY = bytes(range(32))


def written(tmp_path: Path, text: str | bytes) -> Path:
    file = tmp_path / "pulse.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def test_without_anything_set_the_defaults_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_settings({}) == Settings()
    assert Settings().pulse_phase == LAST_PHASE


def test_the_file_in_the_current_directory_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, "pulse_phase = 1")
    monkeypatch.chdir(tmp_path)
    assert load_settings({}).pulse_phase == 1


def test_another_file_is_read_instead_when_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, "pulse_phase = 1")
    monkeypatch.chdir(tmp_path)
    other = tmp_path / "other.toml"
    other.write_text("FLASH_API_URL = 'https://flash.example'")
    assert load_settings({}, other) == Settings(flash_api_url="https://flash.example")


def test_the_environment_wins_over_the_file_where_it_is_not_empty(tmp_path: Path) -> None:
    file = written(tmp_path, "pulse_phase = 1\nflash_api_key = 'of the file'\nredis_url = 'redis://file'")
    settings = load_settings({"PULSE_PHASE": "2", "FLASH_API_KEY": "", "UNRELATED": "x", "pulse_phase": "3"}, file)
    assert (settings.pulse_phase, settings.flash_api_key, settings.redis_url) == (2, "of the file", "redis://file")


def test_each_type_can_be_set_from_the_environment(tmp_path: Path) -> None:
    environ = {"PULSE_DATA_DIR": "/var/lib/pulse", "FLASH_IDEMPOTENCY": "false", "PULSE_PHASE": "0", "REDIS_URL": "r"}
    settings = load_settings(environ, written(tmp_path, ""))
    assert settings.pulse_data_dir == Path("/var/lib/pulse")
    assert (settings.flash_idempotency, settings.pulse_phase, settings.redis_url) == (False, 0, "r")


def test_each_type_can_be_set_in_the_file(tmp_path: Path) -> None:
    file = written(tmp_path, "pulse_data_dir = '/d'\nflash_idempotency = false\npulse_phase = 0\nredis_url = 'r'")
    expected = Settings(pulse_data_dir=Path("/d"), flash_idempotency=False, pulse_phase=0, redis_url="r")
    assert load_settings({}, file) == expected


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("flash_api_ky = 'x'", "did you mean FLASH_API_KEY"),
        ("PULSE_FASE = 1", "did you mean PULSE_PHASE"),
        ("colour = 'green'", "the keys are FLASH_API_KEY, "),
        ("[whatsapp]\napp_secret = 'x'", "did you mean WHATSAPP_"),
    ],
)
def test_an_unknown_key_is_refused_with_a_hint(tmp_path: Path, line: str, hint: str) -> None:
    with pytest.raises(ConfigError, match=hint):
        load_settings({}, written(tmp_path, line))


@pytest.mark.parametrize(
    "line",
    [
        "pulse_phase = 'one'",
        "pulse_phase = 1.5",
        "pulse_phase = true",
        "flash_api_key = 5",
        "redis_url = []",
        "pulse_data_dir = 5",
        "pulse_data_dir = 2020-01-01",
        "flash_idempotency = 'perhaps'",
        "pulse_phone_region = 'Jamaica'",
        "pulse_phone_region = 'jm'",
    ],
)
def test_a_value_of_the_wrong_type_is_refused_by_name(tmp_path: Path, line: str) -> None:
    with pytest.raises(ConfigError, match=line.split(maxsplit=1)[0]):
        load_settings({}, written(tmp_path, line))


@pytest.mark.parametrize(
    ("name", "value"), [("PULSE_PHASE", "one"), ("PULSE_PHASE", "9" * 5_000), ("FLASH_IDEMPOTENCY", "perhaps")]
)
def test_a_variable_of_the_wrong_type_is_refused_by_name(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=name.lower()):
        load_settings({name: value}, written(tmp_path, ""))


@pytest.mark.parametrize(
    "text",
    ["pulse_phase", "pulse_phase = ", "a = 1\na = 2", b"a = '\xff'", "a = " + "[" * 100_000],
    ids=lambda t: t[:20],
)
def test_a_file_that_is_not_toml_is_refused_by_name(tmp_path: Path, text: str | bytes) -> None:
    with pytest.raises(ConfigError, match=r"pulse\.toml is not valid TOML"):
        load_settings({}, written(tmp_path, text))


def test_a_named_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.toml cannot be read: No such file"):
        load_settings({}, tmp_path / "absent.toml")


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load_settings({}, tmp_path)


def test_an_error_quotes_no_secret(tmp_path: Path) -> None:
    file = written(tmp_path, "flash_api_key = ['canary']\nwhatsapp_app_secret = 'canary'")
    with pytest.raises(ConfigError) as caught:
        load_settings({"PULSE_ENCRYPTION_KEY": "canary", "PULSE_PHASE": "canary"}, file)
    assert "canary" not in str(caught.value)


def test_missing_credentials_are_all_that_are_not_set() -> None:
    assert missing_credentials(Settings()) == list(CREDENTIALS)
    assert missing_credentials(Settings(flash_api_key="x", whatsapp_app_secret="y")) == [
        "WHATSAPP_VERIFY_TOKEN",
        "WHATSAPP_ACCESS_TOKEN",
        "WHATSAPP_PHONE_NUMBER_ID",
        "PULSE_ENCRYPTION_KEY",
    ]


def test_nothing_is_missing_when_all_are_set() -> None:
    environ = dict.fromkeys(CREDENTIALS, "x")
    assert missing_credentials(Settings(**{name.lower(): value for name, value in environ.items()})) == []  # type: ignore[arg-type]  # all of them are text


def test_the_encryption_key_is_32_bytes_in_base64() -> None:
    assert encryption_key(Settings(pulse_encryption_key=base64.b64encode(KEY).decode())) == KEY


@pytest.mark.parametrize(
    "text",
    [
        "",
        "short",
        base64.b64encode(KEY[:31]).decode(),
        base64.b64encode(KEY + b"x").decode(),
        "x" * 44,
        "é" * 44,
        KEY.hex(),
    ],
)
def test_any_other_encryption_key_is_refused_and_not_quoted(text: str) -> None:
    with pytest.raises(ConfigError, match="32 bytes in base64") as caught:
        encryption_key(Settings(pulse_encryption_key=text))
    assert not text or text not in str(caught.value)


def test_a_repr_shows_no_secret() -> None:
    secrets = {name.lower(): f"canary-{name}" for name in CREDENTIALS}
    settings = Settings(**secrets, redis_url="redis://:canary@db")  # type: ignore[arg-type]  # all of them are text
    assert "canary" not in f"{settings!r} {settings} {[settings]}"


@pytest.mark.parametrize("token", ["", "0123456789abcdef"])
def test_a_metrics_token_is_none_or_long_enough(token: str, tmp_path: Path) -> None:
    assert load_settings({"PULSE_METRICS_TOKEN": token}, written(tmp_path, "")).pulse_metrics_token == token


@pytest.mark.parametrize("token", ["short", "with a space in it", "0123456789abcde\n", "0123456789abcdef\u00e9"])
def test_another_one_is_refused_and_not_repeated(token: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="pulse_metrics_token") as refusal:
        load_settings({"PULSE_METRICS_TOKEN": token}, written(tmp_path, ""))
    assert token not in str(refusal.value)
