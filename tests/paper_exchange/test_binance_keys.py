"""Keys of which the exchange knows only the public half: Ed25519 and RSA."""

import base64
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from daemon.paper_exchange.binance.call import BinanceOptions
from daemon.paper_exchange.binance.public_keys import is_signed_by, read_public_key
from tests.paper import SECRET, Paper, running_paper_exchange
from tests.paper_exchange.binance_desk import Answer, raw_client, timed, ws_api

PrivateKey = Ed25519PrivateKey | RSAPrivateKey

# A signature that OpenSSL made (`openssl pkeyutl -sign -rawin`) with the key of these bytes.
OPENSSL_KEY = bytes(range(32))
OPENSSL_PAYLOAD = b"symbol=BTCUSDT&timestamp=1668481559918"
OPENSSL_SIGNATURE = (
    "oEKSgJnnGk7uwgXBZFQucoZYIMhvyuv3vD/pz3rdxAN2bQj9CbedAbMMOWmKWaLkojjUmL2Ew6CgUN5YNjYeBQ=="
)


def make_key(kind: str) -> PrivateKey:
    return Ed25519PrivateKey.generate() if kind == "ed25519" else generate_private_key(65537, 2048)


def public_pem(key: PrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def sign(key: PrivateKey, payload: str) -> str:
    if isinstance(key, Ed25519PrivateKey):
        raw = key.sign(payload.encode())
    else:
        raw = key.sign(payload.encode(), PKCS1v15(), SHA256())
    return base64.b64encode(raw).decode()


async def register(paper: Paper, key: PrivateKey, api_key: str = "key-1") -> None:
    body = {"exchange": "binance", "api_key": api_key, "balance": "10000"}
    await paper.control("POST", "/accounts", {**body, "public_key": public_pem(key)})


async def call(
    paper: Paper, key: PrivateKey, method: str, path: str, *, in_body: bool = False, **words: Any
) -> Answer:
    payload = urlencode(timed(words))
    async with raw_client(paper) as client:
        signature = quote(sign(key, payload), safe="")
        return await client.send(method, path, f"{payload}&signature={signature}", in_body=in_body)


def test_a_signature_that_openssl_made_is_good() -> None:
    key = Ed25519PrivateKey.from_private_bytes(OPENSSL_KEY)
    assert is_signed_by(public_pem(key), OPENSSL_PAYLOAD, OPENSSL_SIGNATURE)
    assert not is_signed_by(public_pem(key), OPENSSL_PAYLOAD + b"0", OPENSSL_SIGNATURE)


@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
async def test_requests_are_signed_with_the_private_half(kind: str) -> None:
    key = make_key(kind)
    order = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01"}
    async with running_paper_exchange() as paper:
        await register(paper, key)
        for in_body in (False, True):
            placed = await call(paper, key, "POST", "/fapi/v1/order", in_body=in_body, **order)
            assert (placed.status, placed.body["symbol"]) == (200, "BTCUSDT")
        read = await call(paper, key, "GET", "/fapi/v3/account")
        assert read.body["positions"][0]["positionAmt"] == "0.020"
        other = await call(paper, make_key(kind), "GET", "/fapi/v3/account")
        assert (other.status, other.code) == (400, -1022)
        async with raw_client(paper) as client:
            by_secret = await client.call("GET", "/fapi/v3/account")
            assert by_secret.code == -1022
            payload = urlencode(timed({}))
            for wrong in ("", "%ff%fe", "AAAA", "not base64!", "A" * 5000):
                sent = f"{payload}&signature={quote(wrong, safe='%')}"
                refused = await client.send("GET", "/fapi/v3/account", sent)
                assert refused.code in {-1022, -1100, -1102}
            listen = await client.send("POST", "/fapi/v1/listenKey")
            assert len(listen.body["listenKey"]) == 64


async def test_an_ed25519_key_opens_a_session_even_where_hmac_keys_may_not() -> None:
    key = make_key("ed25519")
    async with running_paper_exchange(binance=BinanceOptions(hmac_logon=False)) as paper:
        await register(paper, key)
        async with ws_api(paper) as api:
            words = {"apiKey": "key-1", **timed({})}
            payload = "&".join(f"{name}={value}" for name, value in sorted(words.items()))
            forged = {**words, "signature": sign(make_key("ed25519"), payload)}
            assert (await api.ask("session.logon", forged))["error"]["code"] == -1022
            logon = await api.ask("session.logon", {**words, "signature": sign(key, payload)})
            assert (logon["status"], logon["result"]["apiKey"]) == (200, "key-1")
            now_ms = logon["result"]["serverTime"]
            order = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": 0.01}
            placed = await api.ask("order.place", {**order, "timestamp": now_ms})
            assert placed["status"] == 200
        await paper.create_account(api_key="hmac")
        async with ws_api(paper, "hmac") as api:
            assert (await api.call("session.logon"))["error"]["code"] == -4056


async def test_an_rsa_key_signs_requests_but_opens_no_session() -> None:
    key = make_key("rsa")
    async with running_paper_exchange() as paper:
        await register(paper, key)
        async with ws_api(paper) as api:
            words = {"apiKey": "key-1", **timed({})}
            payload = "&".join(f"{name}={value}" for name, value in sorted(words.items()))
            signed = {**words, "signature": sign(key, payload)}
            refused = await api.ask("session.logon", signed)
            assert refused["error"] == {"code": -4056, "msg": "RSA API key is not supported."}
            assert (await api.ask("v2/account.balance", signed))["status"] == 200


async def test_a_registered_key_is_kept_over_a_restart(tmp_path: Path) -> None:
    key = make_key("ed25519")
    async with running_paper_exchange(home=tmp_path) as paper:
        await register(paper, key)
    async with running_paper_exchange(home=tmp_path) as paper:
        assert (await call(paper, key, "GET", "/fapi/v3/account")).status == 200


@pytest.mark.parametrize(
    ("exchange", "words"),
    [
        ("binance", {"public_key": "no key"}),
        ("binance", {"public_key": "@", "api_secret": SECRET}),
        ("binance", {"public_key": "x" * 3_000}),
        ("bybit", {"public_key": "@"}),
        ("binance", {}),
    ],
)
async def test_only_one_good_key_is_registered(exchange: str, words: dict[str, str]) -> None:
    pem = public_pem(make_key("ed25519"))
    words = {name: pem if value == "@" else value for name, value in words.items()}
    async with running_paper_exchange() as paper:
        with pytest.raises(AssertionError, match=r"public_key|api_secret"):
            await paper.control(
                "POST", "/accounts", {"exchange": exchange, "api_key": "key-1", **words}
            )


def test_a_short_rsa_key_is_refused() -> None:
    short = generate_private_key(65537, 1024)  # noqa: S505 - the point of the test
    with pytest.raises(ValueError, match="2048"):
        read_public_key(public_pem(short))
