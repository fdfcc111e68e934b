"""What the lean way to an exchange does beyond what every way does."""

import asyncio
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from daemon.exchanges.raw_transport import RawTransport
from daemon.exchanges.transport import HttpRequest, NotSent, SentUnknown
from tests.daemon.exchanges.scripted_server import Seen, answer, json_answer, scripted_server
from tests.waiting import until


def server_context(folder: Path, names: Sequence[x509.GeneralName]) -> ssl.SSLContext:
    """Return a server's context with a certificate of its own, written to `folder`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "exchange")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


LOOPBACK = [x509.IPAddress(ip_address("127.0.0.1"))]


async def test_a_trusted_certificate_of_the_host_is_needed(tmp_path: Path) -> None:
    async with scripted_server(server_context(tmp_path, LOOPBACK)) as server:
        trusting = ssl.create_default_context(cafile=tmp_path / "certificate.pem")
        transport = RawTransport(ssl_context=trusting)
        for _ in range(2):
            response = await transport.send(
                HttpRequest("POST", f"{server.url}/x", {}, "a=1"), timeout_s=5.0
            )
            assert response.body == b"{}"
        await transport.close()
        assert server.connections == 1
        stranger = RawTransport()
        with pytest.raises(NotSent):
            await stranger.send(HttpRequest("POST", f"{server.url}/x", {}, "a"), timeout_s=5.0)
        await stranger.close()
    assert len(server.seen) == 2


async def test_a_certificate_of_another_host_is_refused(tmp_path: Path) -> None:
    other = [x509.DNSName("exchange.example")]
    async with scripted_server(server_context(tmp_path, other)) as server:
        transport = RawTransport(
            ssl_context=ssl.create_default_context(cafile=tmp_path / "certificate.pem")
        )
        with pytest.raises(NotSent):
            await transport.send(HttpRequest("POST", f"{server.url}/x", {}, "a"), timeout_s=5.0)
        await transport.close()
    assert server.seen == []


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        ("/x", {"X-MBX-APIKEY": "key\r\nHost: elsewhere"}),
        ("/x HTTP/1.1\r\nHost: elsewhere\r\n\r\nGET /y", {}),
        ("/x y", {}),
        ("/x#fragment", {}),
        ("/ä", {}),
    ],
)
async def test_what_would_change_the_request_is_not_sent(url: str, headers: dict[str, str]) -> None:
    transport = RawTransport()
    async with scripted_server() as server:
        with pytest.raises(NotSent):
            await transport.send(HttpRequest("GET", server.url + url, headers, None), timeout_s=2.0)
        await transport.close()
        assert server.connections == 0


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/x", "http:///x", "http://a@127.0.0.1/x", "x"])
async def test_an_address_without_a_host_is_not_sent(url: str) -> None:
    transport = RawTransport()
    with pytest.raises(NotSent):
        await transport.send(HttpRequest("GET", url, {}, None), timeout_s=2.0)
    await transport.close()


async def test_a_connection_takes_no_second_request_before_its_answer() -> None:
    transport = RawTransport()
    async with scripted_server() as server:
        server.script = lambda seen: json_answer({"echo": seen.body.decode()})
        responses = await asyncio.gather(
            *(
                transport.send(
                    HttpRequest("POST", f"{server.url}/x", {}, f"order-{n}"), timeout_s=5.0
                )
                for n in range(20)
            )
        )
        await transport.close()
        assert [r.body for r in responses] == [b'{"echo":"order-%d"}' % n for n in range(20)]
        assert server.connections == 20


async def test_requests_above_the_limit_wait_for_a_connection() -> None:
    transport = RawTransport(connections_max=3)
    async with scripted_server() as server:
        server.script = lambda seen: json_answer({"echo": seen.body.decode()})
        request = [HttpRequest("POST", f"{server.url}/x", {}, f"{n}") for n in range(12)]
        responses = await asyncio.gather(*(transport.send(r, timeout_s=5.0) for r in request))
        await transport.close()
        assert [r.body for r in responses] == [b'{"echo":"%d"}' % n for n in range(12)]
        assert server.connections == 3


async def test_a_request_that_gets_no_connection_in_time_is_not_sent() -> None:
    transport = RawTransport(connections_max=1)
    async with scripted_server() as server:
        server.script = lambda _seen: b""
        request = HttpRequest("POST", f"{server.url}/x", {}, "a")
        first = asyncio.create_task(transport.send(request, timeout_s=5.0))
        await until(lambda: len(server.seen) == 1)
        with pytest.raises(NotSent, match="Timeout"):
            await transport.send(request, timeout_s=0.05)
        await transport.close()
        with pytest.raises(SentUnknown):
            await first
        assert len(server.seen) == 1


async def test_the_answer_to_a_cancelled_request_meets_nobody_else() -> None:
    transport = RawTransport(connections_max=1)
    async with scripted_server() as server:
        server.script = lambda _seen: b""
        task = asyncio.create_task(
            transport.send(HttpRequest("POST", f"{server.url}/a", {}, "a"), timeout_s=5.0)
        )
        await until(lambda: len(server.seen) == 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        server.script = lambda _seen: json_answer({"n": 2})
        response = await transport.send(
            HttpRequest("POST", f"{server.url}/b", {}, "b"), timeout_s=5.0
        )
        await transport.close()
        assert response.body == b'{"n":2}'
        assert server.connections == 2


async def test_a_connection_that_said_too_much_is_not_used_again() -> None:
    transport = RawTransport()

    def first_too_much(seen: Seen) -> bytes:
        return json_answer({"n": 1}) + (answer(200, b"{}") if seen.target == "/a" else b"")

    async with scripted_server() as server:
        server.script = first_too_much
        with pytest.raises(SentUnknown, match="Bytes follow"):
            await transport.send(HttpRequest("POST", f"{server.url}/a", {}, "a"), timeout_s=2.0)
        response = await transport.send(
            HttpRequest("POST", f"{server.url}/b", {}, "b"), timeout_s=2.0
        )
        await transport.close()
        assert response.body == b'{"n":1}'
        assert server.connections == 2


async def test_opening_ahead_sends_nothing() -> None:
    transport = RawTransport()
    async with scripted_server() as server:
        await transport.prewarm(f"{server.url}/ping", connections=3, local_address="127.0.0.7")
        await transport.prewarm(f"{server.url}/ping", connections=3, local_address="127.0.0.7")
        await until(lambda: server.connections == 3)
        await transport.send(
            HttpRequest("POST", f"{server.url}/x", {}, "a"),
            timeout_s=2.0,
            local_address="127.0.0.7",
        )
        await transport.close()
        assert [seen.target for seen in server.seen] == ["/x"]
        assert server.connections == 3
