"""For every test package: one real server for the whole run, emptied for each test, and an eye on what comes out."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from service.store.embedded import EmbeddedStore, embedded
from tests.canaries import pytest_runtest_makereport

__all__ = ["kept_runs", "pytest_runtest_makereport", "store_url", "valkey"]


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStore]:
    """A real server on a unix socket, shared by all tests of this process; prefer `store_url`, which is empty."""
    data_dir: Path = tmp_path_factory.mktemp("valkey")
    with asyncio.Runner() as runner:
        server = embedded(data_dir, durable=False)
        yield runner.run(server.__aenter__())
        runner.run(server.__aexit__(None, None, None))


@pytest.fixture(scope="session", autouse=True)
def kept_runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Runs are kept where the tests are, and never among those of the checkout."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PULSE_HOME", str(tmp_path_factory.mktemp("kept")))
        yield


@pytest.fixture
def store_url(valkey: EmbeddedStore) -> str:
    """The URL of a real server without any keys in it."""
    with redis.Redis.from_url(valkey.url) as client:
        client.flushall()
    return valkey.url


def pytest_addoption(parser: pytest.Parser) -> None:
    """How much of what is random is tried: little in the suite, more in `nox -s crash`."""
    parser.addoption("--crash-rounds", type=int, default=3, help="how often each process is killed at random moments")
    parser.addoption("--deep", action="store_true", help="every step of a sweep, not a grid: `nox -s sim`")
    parser.addoption("--crash-seed", type=int, default=1, help="what the random moments are drawn from")
