"""redis-py's errors as ours."""

import pytest
import redis.exceptions as theirs
from redis.asyncio.connection import DefaultParser

from service.core.errors import StoreError, StoreUnavailable
from service.store.faults import ScriptMissing, as_store_error


def parsed(reply: str) -> Exception:
    error = DefaultParser.parse_error(reply)  # type: ignore[no-untyped-call]  # redis-py does not annotate it
    assert isinstance(error, Exception)
    return error


@pytest.mark.parametrize(
    "error",
    [
        theirs.ConnectionError("Connection refused"),
        theirs.TimeoutError("Timeout reading"),
        theirs.MaxConnectionsError("Too many connections"),
        theirs.BusyLoadingError("Redis is loading the dataset in memory"),
        ConnectionResetError(104, "Connection reset by peer"),
        TimeoutError(),
    ],
)
def test_no_connection_is_unavailable(error: Exception) -> None:
    ours = as_store_error(error)
    assert isinstance(ours, StoreUnavailable)
    assert str(ours)


@pytest.mark.parametrize(
    "reply",
    [
        "OOM command not allowed when used memory > 'maxmemory'.",
        "MISCONF Errors writing to the AOF file: No space left on device",
        "READONLY You can't write against a read only replica.",
        "MASTERDOWN Link with MASTER is down",
        "NOREPLICAS Not enough good replicas to write.",
        "CLUSTERDOWN The cluster is down",
        "TRYAGAIN Multiple keys request during rehashing of slot",
        "BUSY Valkey is busy running a script.",
    ],
)
def test_a_server_that_takes_nothing_is_unavailable(reply: str) -> None:
    assert isinstance(as_store_error(parsed(reply)), StoreUnavailable)


@pytest.mark.parametrize(
    "reply",
    [
        "ERR unknown command",
        "WRONGTYPE Operation against a key holding the wrong kind of value",
        "NOPERM this user has no permissions",
        "ERR value OOM is not an integer",
    ],
)
def test_a_refused_command_is_an_error_of_its_own(reply: str) -> None:
    assert type(as_store_error(parsed(reply))) is StoreError


def test_a_script_that_is_not_known_can_be_told_apart() -> None:
    assert type(as_store_error(parsed("NOSCRIPT No matching script."))) is ScriptMissing
