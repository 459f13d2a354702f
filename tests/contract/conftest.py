"""Every port of the store against every server and both ways to send commands."""

from typing import cast

import pytest

from tests.store.kit import Server, Stage, memory_server


@pytest.fixture(params=["memory", pytest.param("real", marks=pytest.mark.real)])
def server(request: pytest.FixtureRequest) -> Server:
    """An empty server."""
    if request.param == "memory":
        return memory_server()
    return Server(cast("str", request.getfixturevalue("store_url")))


@pytest.fixture(params=["one-by-one-shared", "pipelined-pooled"])
def stage(request: pytest.FixtureRequest, server: Server) -> Stage:
    """A way to run commands: everything off, and everything on."""
    return Stage(server, pipelined="pipelined" in request.param, pooled="pooled" in request.param)
