"""Every port of the store against every server and both ways to send commands."""

from typing import cast

import pytest

from profiles.round_trip import RoundTrip
from profiles.simredis import SimRedis
from service.clocks import SystemClock
from tests.store.kit import FakeDice, Server, Stage, memory_server


@pytest.fixture(params=["memory", "simulated", pytest.param("real", marks=pytest.mark.real)])
def server(request: pytest.FixtureRequest) -> Server:
    """An empty server."""
    if request.param == "memory":
        return memory_server()
    if request.param == "simulated":
        simulation = SimRedis(SystemClock(), RoundTrip(rtt_ms=0.0), FakeDice())
        return Server("redis://simulated", simulation.connection_kwargs())
    return Server(cast("str", request.getfixturevalue("store_url")))


@pytest.fixture(params=["one-by-one-shared", "pipelined-pooled"])
def stage(request: pytest.FixtureRequest, server: Server) -> Stage:
    """A way to run commands: everything off, and everything on."""
    return Stage(server, pipelined="pipelined" in request.param, pooled="pooled" in request.param)
