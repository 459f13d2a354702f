"""Opening connections: TLS with a name that fits, and every address has its chance."""

import asyncio
import datetime as dt
import socket
import ssl
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from service.transport.dial import Address, Origin, Resolve, dial, in_turns
from service.transport.pool import PoolTransport
from tests.transport.lines import OK, answering, post, with_server


def certificate(name: str, folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context with a certificate of this name, and a client's that believes it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    both = folder / "both.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    both.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(both)
    return server, ssl.create_default_context(cafile=str(both))


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A server that says nothing until the client leaves."""
    while await reader.read(65_536):
        pass
    writer.close()


def test_tls_is_spoken_and_the_connection_kept(tmp_path: Path) -> None:
    server, client = certificate("localhost", tmp_path)

    async def use(transport: PoolTransport, url: str) -> list[bytes]:
        return [(await post(transport, url)).content for _ in range(3)]

    assert with_server(answering(OK, OK, OK), use, tls=server, context=client) == [b"ok"] * 3


def test_a_certificate_of_another_name_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    server, client = certificate("elsewhere.test", tmp_path)
    with pytest.raises(httpx.ConnectError, match="certificate"):
        with_server(answering(OK), post, tls=server, context=client)


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    server, _ = certificate("localhost", tmp_path)
    with pytest.raises(httpx.ConnectError, match="certificate"):
        with_server(answering(OK), post, tls=server)


def test_a_server_that_never_finishes_the_handshake_runs_into_the_limit(tmp_path: Path) -> None:
    _, client = certificate("localhost", tmp_path)

    async def main() -> None:
        async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            with pytest.raises(httpx.ConnectTimeout):
                await dial(Origin("localhost", port, "localhost"), client, 0.05)
            await asyncio.sleep(0.01)  # the server sees that the client has left

    asyncio.run(main())


def at(*addresses: str) -> Resolve:
    """A resolver that gives these for every name."""

    async def resolve(_host: str, port: int) -> list[Address]:
        return [(socket.AF_INET, (address, port)) for address in addresses]

    return resolve


def test_a_name_that_is_not_there_is_an_error_of_connecting() -> None:
    async def main() -> None:
        with pytest.raises(httpx.ConnectError):
            await dial(Origin("nobody.invalid", 80, None), None, 5.0)

    asyncio.run(main())


async def reaches(*addresses: str) -> bool:
    """Whether a server on 127.0.0.1 is reached by these."""
    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        connection = await dial(Origin("a.test", port, None), None, 5.0, resolve=at(*addresses))
        is_usable = connection.is_usable
        connection.close()
        await asyncio.sleep(0.01)  # the server sees it
        return is_usable


def test_an_address_that_refuses_gives_way_to_the_next() -> None:
    assert asyncio.run(reaches("127.0.0.2", "127.0.0.1"))


def test_an_address_that_does_not_answer_gives_way_to_the_next() -> None:
    async def main() -> bool:
        with socket.create_server(("127.0.0.3", 0), backlog=0) as full:
            where = full.getsockname()
            crowd = [socket.socket() for _ in range(4)]
            for one in crowd:
                one.setblocking(False)
                one.connect_ex(where)
            try:
                async with await asyncio.start_server(silent, "127.0.0.1", where[1]):
                    connection = await dial(
                        Origin("a.test", where[1], None), None, 5.0, resolve=at("127.0.0.3", "127.0.0.1")
                    )
                    connection.close()
                    await asyncio.sleep(0.01)  # the server sees it
                    return True
            finally:
                for one in crowd:
                    one.close()

    assert asyncio.run(main())


def test_families_take_turns() -> None:
    rows = [
        (socket.AF_INET6, 0, 0, "", ("::1", 80, 0, 0)),
        (socket.AF_INET6, 0, 0, "", ("::2", 80, 0, 0)),
        (socket.AF_INET, 0, 0, "", ("127.0.0.1", 80)),
    ]
    assert [address[0] for _, address in in_turns(rows)] == ["::1", "127.0.0.1", "::2"]


def test_a_name_that_cannot_be_one_is_no_connection() -> None:
    async def main() -> None:
        await dial(Origin("a..test", 443, None), None, 5.0)

    with pytest.raises(httpx.ConnectError, match=r"no connection to a\.\.test"):
        asyncio.run(main())
