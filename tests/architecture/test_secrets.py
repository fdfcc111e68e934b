"""A canary that stands for every secret: wherever it is put, it does not come out again."""

import ast
import json
import logging
import pickle
from collections.abc import Iterator
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from daemon.exchanges.gateway import AccountSession
from daemon.vault import OpenedCredential, SealedCredential, Vault
from patriot_app.core import sealing
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.logs import FIELDS, JsonFormatter, redact
from patriot_app.core.sealing import Secret, generate_keypair, key_id, seal
from tests.daemon.exchanges.builders import make_session

KEY = "KanarienvogelKey" * 4
SECRET = "KanarienvogelSecret0" + "x" * 44


def formatted(message: str, *arguments: object, **extra: object) -> str:
    record = logging.LogRecord("test", logging.INFO, "", 0, message, arguments, None)
    record.__dict__.update(extra)
    return JsonFormatter().format(record)


def test_a_secret_refuses_to_be_shown() -> None:
    secret = Secret(SECRET.encode())
    for shown in (repr(secret), str(secret), f"{secret}", f"{[secret]}", "%s" % secret):  # noqa: UP031
        assert SECRET not in shown
    assert secret.reveal() == SECRET


def test_a_secret_does_not_travel() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Secret(SECRET.encode()))
    with pytest.raises(TypeError):
        json.dumps(Secret(SECRET.encode()))


def test_what_holds_opened_keys_shows_none() -> None:
    opened = OpenedCredential(api_key=Secret(KEY.encode()), api_secret=Secret(SECRET.encode()))
    session = make_session(Exchange.BINANCE, account_id=uuid4(), api_key=KEY, api_secret=SECRET)
    for shown in (repr(opened), repr(session), str(session), f"{session}"):
        assert KEY not in shown
        assert SECRET not in shown


def test_no_field_of_a_session_is_shown_that_could_hold_a_key() -> None:
    assert is_dataclass(AccountSession)
    shown = {one.name for one in fields(AccountSession) if one.repr}
    assert not {name for name in shown if "key" in name or "secret" in name}


def test_a_vault_shows_which_keys_it_has_and_not_what_they_are() -> None:
    private, public = generate_keypair()
    shown = repr(Vault([private]))
    assert key_id(public) in shown
    assert private.hex() not in shown
    assert repr(private) not in shown


def test_a_sealed_box_holds_nothing_readable() -> None:
    private, public = generate_keypair()
    box = seal(public, SECRET, context=sealing_context())
    sealed = SealedCredential("binance", "account", "record", box, box)
    assert SECRET not in repr(sealed)
    assert SECRET.encode() not in b"".join(
        value for value in asdict(box).values() if isinstance(value, bytes)
    )
    assert sealing.unseal(private, box, context=sealing_context()).reveal() == SECRET


def sealing_context() -> str:
    return "binance|account|record|api_secret"


@pytest.mark.parametrize(
    "line",
    [
        f"GET /fapi/v1/order?symbol=BTCUSDT&signature={SECRET}",
        f"headers {{'X-MBX-APIKEY': '{KEY}'}}",
        f"X-BAPI-API-KEY: {KEY}",
        f"X-BAPI-SIGN={SECRET}",
        f"wss://127.0.0.1/ws?listenKey={KEY}",
        f"postgresql://patriot_web password={SECRET} host=db",
        "https://api.telegram.org/bot1234567890:" + "A" * 35 + "/sendMessage",
        f"a key on its own: {KEY}",
    ],
)
def test_what_looks_like_a_secret_is_struck_out_of_free_text(line: str) -> None:
    struck = redact(line)
    for secret in (KEY, SECRET, "A" * 35):
        assert secret not in struck
    assert "***" in struck
    assert SECRET not in formatted("%s", line)


def test_only_named_fields_leave_the_process() -> None:
    line = formatted("key_checked", account_id="7", api_secret=SECRET, session=KEY)
    assert json.loads(line)["account_id"] == "7"
    assert SECRET not in line
    assert KEY not in line
    assert not {name for name in FIELDS if "secret" in name or "password" in name}


def test_a_named_field_is_struck_out_too() -> None:
    assert KEY not in formatted("failed", error=f"HTTP 401 for X-MBX-APIKEY: {KEY}")


def test_a_message_cannot_forge_another_record() -> None:
    assert formatted('done\n{"event": "forged"}').count("\n") == 0


def test_an_exception_is_struck_out_as_well() -> None:
    try:
        raise ValueError(f"bad answer to signature={SECRET}")
    except ValueError as error:
        record = logging.LogRecord(
            "test", logging.ERROR, "", 0, "failed", (), (type(error), error, error.__traceback__)
        )
    assert SECRET not in JsonFormatter().format(record)


ROOT = Path(__file__).parents[2]
HOLDS_A_SECRET = frozenset(
    [
        "token",
        "access_token",
        "refresh_token",
        "csrf_token",
        "password",
        "password_hash",
        "secret",
        "api_key",
        "api_secret",
        "totp_seed",
        "pepper",
        "totp_box",
        "recovery_codes",
        "private_key",
        "bot_token",
        "database_url",
        "redis_url",
    ]
)
SHOWN_ALL_THE_SAME = {
    ("patriot_app/web/actions.py", "token"),  # marks a form that is sent twice
}
SHOW_NOTHING = frozenset({"Secret", "SealedBox"})
"""Types that may be shown, see the tests above."""


def fields_that_show(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the fields of classes that are named for a secret and shown by their `repr`."""
    tree = ast.parse(path.read_text())
    assigned = {
        target.id: ast.unparse(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    hidden = {name for name, value in assigned.items() if "repr=False" in value}
    hidden |= SHOW_NOTHING - assigned.keys()
    for found in (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)):
        for line in found.body:
            if not isinstance(line, ast.AnnAssign) or not isinstance(line.target, ast.Name):
                continue
            written = ast.unparse(line)
            is_hidden = "repr=False" in written or ast.unparse(line.annotation) in hidden
            if line.target.id in HOLDS_A_SECRET and not is_hidden:
                yield str(path.relative_to(ROOT)), line.target.id


def test_no_object_shows_a_field_that_holds_a_secret() -> None:
    paths = [
        path
        for folder in ("patriot_app", "daemon", "ops")
        for path in (ROOT / folder).rglob("*.py")
        # The paper exchange's keys open nothing; tables of the database are not dataclasses.
        if "paper_exchange" not in path.parts and "schema" not in path.parts
    ]
    assert len(paths) > 300
    shown = {one for path in paths for one in fields_that_show(path)}
    assert shown <= SHOWN_ALL_THE_SAME


def test_a_field_that_shows_a_secret_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    leaky = tmp_path / "leaky.py"
    leaky.write_text("class Leaky:\n    token: str\n    api_key: str = field(repr=False)\n")
    assert list(fields_that_show(leaky)) == [("leaky.py", "token")]
