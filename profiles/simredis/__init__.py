"""Redis without a socket, for virtual time: the real redis-py client, pool and pipelines over data in memory."""

from profiles.round_trip import RoundTrip
from profiles.simredis.connection import SimConnection
from profiles.simredis.simulation import Fault, SimRedis

__all__ = ["Fault", "RoundTrip", "SimConnection", "SimRedis"]
