"""Accounts get a shard for life; keys are sealed and cannot be read back by the web process."""

from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text

from patriot_app.core.domain import rate_budgets
from patriot_app.core.domain.accounts import AccountMode, Exchange, shard_of
from patriot_app.core.errors import Invalid, NotFound, Refused
from patriot_app.core.queries import second_factors
from patriot_app.core.sealing import SealedBox, unseal
from patriot_app.core.services import account_addresses, accounts, credentials
from patriot_app.core.settings import get_settings
from patriot_app.core.unit_of_work import begin
from tests.database import Server
from tests.factories.keys import Keys
from tests.factories.rows import OPERATOR, DaemonRows, customer, make_account, make_client

KEY = "patriotTESTkey000000000001"
SECRET = "patriotTESTsecret000000001"


async def connect(account_id: UUID, key: str, *, consent: str = "") -> credentials.Submitted:
    async with begin(OPERATOR) as uow:
        return await credentials.submit(
            uow, account_id, api_key=key, api_secret=SECRET, consent=consent
        )


async def test_an_account_keeps_the_shard_that_its_id_gives(as_web: str) -> None:
    account_id = await make_account()
    async with begin(OPERATOR) as uow:
        shard = await uow.session.execute(
            text("SELECT shard FROM accounts WHERE id = :id"), {"id": account_id}
        )
    assert shard.scalar_one() == shard_of(account_id.int, shards=get_settings().shards)


async def test_a_client_has_at_most_as_many_accounts_as_the_setting_says(as_web: str) -> None:
    client_id = await make_client()
    for _ in range(get_settings().accounts_per_client_max):
        await make_account(client_id)
    with pytest.raises(Refused, match="a client may have"):
        await make_account(client_id)


async def test_a_label_is_unique_within_a_client(as_web: str) -> None:
    client_id = await make_client()
    await make_account(client_id, label="Main")
    with pytest.raises(Invalid):
        await make_account(client_id, label="main")


async def test_a_client_cannot_open_an_account_for_another(as_web: str) -> None:
    ada, bob = await make_client(), await make_client(name="Bob")
    async with begin(customer(ada)) as uow:
        with pytest.raises(NotFound):
            await accounts.open_account(
                uow,
                client_id=bob,
                exchange=Exchange.BYBIT,
                mode=AccountMode.PAPER,
                label="Not mine",
            )


async def test_an_account_with_an_open_position_is_not_disabled(
    as_web: str, rows: DaemonRows
) -> None:
    account_id = await make_account()
    rows.position(account_id)
    async with begin(OPERATOR) as uow:
        with pytest.raises(Refused, match="1 positions"):
            await accounts.disable(uow, account_id, reason="Leaving")
        await accounts.suspend(uow, account_id, reason="Quiet down")
    async with begin(OPERATOR) as uow:
        await accounts.activate(uow, account_id, reason="Go on")


async def test_a_key_is_sealed_for_its_account_and_only_the_daemon_opens_it(
    as_web: str, keys: Keys, server: Server, database_name: str
) -> None:
    account_id = await make_account()
    submitted = await connect(account_id, KEY)
    assert KEY not in submitted.masked_key
    with (
        psycopg.connect(server.url("patriot_web", database_name).replace("+psycopg", "")) as web,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        web.execute("SELECT api_secret_ciphertext FROM credentials")
    with psycopg.connect(
        server.url("patriot_daemon", database_name).replace("+psycopg", "")
    ) as daemon:
        row = daemon.execute(
            "SELECT key_id, api_secret_data_key, api_secret_nonce, api_secret_ciphertext"
            " FROM credentials WHERE id = %s",
            (submitted.credential_id,),
        ).fetchone()
    assert row is not None
    box = SealedBox(*row)
    context = f"binance|{account_id}|api_secret|{submitted.credential_id}"
    assert unseal(keys.trading_private, box, context=context).reveal() == SECRET
    with pytest.raises(Refused):
        unseal(keys.trading_private, box, context=context.replace("binance", "bybit"))


async def test_the_daemon_of_the_shard_is_asked_to_verify(as_web: str, keys: Keys) -> None:
    account_id = await make_account()
    submitted = await connect(account_id, KEY + "2")
    async with begin(OPERATOR) as uow:
        row = (
            await uow.session.execute(
                text(
                    "SELECT c.type, c.payload ->> 'credential_id' AS credential, c.shard = a.shard"
                    " AS same FROM commands AS c, accounts AS a"
                    " WHERE c.id = :command AND a.id = :account"
                ),
                {"command": submitted.command_id, "account": account_id},
            )
        ).one()
    assert (row.type, row.credential, row.same) == (
        "VerifyCredential",
        str(submitted.credential_id),
        True,
    )


async def test_the_same_key_is_refused_even_for_another_client(as_web: str, keys: Keys) -> None:
    await connect(await make_account(), KEY + "3")
    bob = await make_client(name="Bob")
    other = await make_account(bob)
    async with begin(customer(bob)) as uow:
        with pytest.raises(Refused, match="connected already"):
            await credentials.submit(uow, other, api_key=KEY + "3", api_secret=SECRET)


async def test_no_live_account_where_the_staff_need_no_second_factor(
    as_web: str, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    client_id = await make_client()
    await second_factors.check_real_money()
    with pytest.raises(Refused, match="second factor"):
        await make_account(client_id, mode=AccountMode.LIVE)
    monkeypatch.setenv("PATRIOT_STAFF_SECOND_FACTOR", "required")
    get_settings.cache_clear()
    await make_account(client_id, mode=AccountMode.LIVE)
    await second_factors.check_real_money()
    monkeypatch.setenv("PATRIOT_STAFF_SECOND_FACTOR", "offered")
    get_settings.cache_clear()
    with pytest.raises(Refused, match="live accounts are open"):
        await second_factors.check_real_money()
    get_settings.cache_clear()


async def test_staff_connect_a_live_account_only_with_consent(
    as_web: str, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATRIOT_STAFF_SECOND_FACTOR", "required")
    get_settings.cache_clear()
    client_id = await make_client()
    live = await make_account(client_id, mode=AccountMode.LIVE)
    with pytest.raises(Refused, match="consent"):
        await connect(live, KEY + "4")
    assert await connect(live, KEY + "4", consent="By letter of 4 May 2026")
    async with begin(customer(client_id)) as uow:
        assert await credentials.submit(uow, live, api_key=KEY + "5", api_secret=SECRET)


async def test_a_revoked_key_loses_its_boxes_and_may_be_connected_again(
    as_web: str, keys: Keys, server: Server, database_name: str
) -> None:
    account_id = await make_account()
    submitted = await connect(account_id, KEY + "6")
    async with begin(OPERATOR) as uow:
        await credentials.revoke(uow, submitted.credential_id, reason="Leaked")
    with psycopg.connect(
        server.url("patriot_daemon", database_name).replace("+psycopg", "")
    ) as daemon:
        row = daemon.execute(
            "SELECT status, api_key_ciphertext, api_secret_ciphertext FROM credentials"
            " WHERE id = %s",
            (submitted.credential_id,),
        ).fetchone()
    assert row == ("revoked", None, None)
    assert await connect(account_id, KEY + "6")


async def test_what_is_no_key_is_refused_by_field(as_web: str, keys: Keys) -> None:
    account_id = await make_account()
    async with begin(OPERATOR) as uow:
        with pytest.raises(Invalid) as caught:
            await credentials.submit(uow, account_id, api_key="a b", api_secret="ü" * 20)
    assert set(caught.value.fields) == {"api_key", "api_secret"}


async def test_an_account_gets_the_address_with_the_fewest_and_its_record_says_so(
    as_web: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(get_settings(), "egress_addresses", "10.9.0.2=203.0.113.2, 10.9.0.3")
    ada = await make_client()
    given = []
    for _ in range(2):
        # A customer opens it himself, and may not see whose the other accounts are.
        async with begin(customer(ada)) as uow:
            account_id = await accounts.open_account(
                uow,
                client_id=ada,
                exchange=Exchange.BYBIT,
                mode=AccountMode.PAPER,
                label=f"Own {len(given)}",
            )
        async with begin(OPERATOR) as uow:
            found = await uow.session.execute(
                text(
                    "SELECT a.source_address, e.payload ->> 'public' FROM accounts AS a"
                    " JOIN events AS e ON e.subject_id = a.id AND e.type = 'AccountAddressAssigned'"
                    " WHERE a.id = :id"
                ),
                {"id": account_id},
            )
            given.append(tuple(found.one()))
    assert given == [("10.9.0.2", "203.0.113.2"), ("10.9.0.3", "10.9.0.3")]


async def test_a_moved_account_leaves_from_the_other_address_and_its_record_says_why(
    as_web: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(get_settings(), "egress_addresses", "10.9.2.2, 10.9.2.3=203.0.113.3")
    monkeypatch.setitem(rate_budgets.ACCOUNTS_MAX, Exchange.BINANCE, 1)
    first, second = await make_account(), await make_account()
    with pytest.raises(Refused, match=r"203\.0\.113\.3 has 1 accounts of this exchange"):
        async with begin(OPERATOR) as uow:
            await account_addresses.move(uow, first, local="10.9.2.3", reason="Make room")
    async with begin(OPERATOR) as uow:
        await accounts.disable(uow, second, reason="It makes room")
    async with begin(OPERATOR) as uow:
        await account_addresses.move(uow, first, local="10.9.2.3", reason="Make room")
    async with begin(OPERATOR) as uow:
        found = await uow.session.execute(
            text(
                "SELECT a.source_address, e.payload ->> 'public', e.payload ->> 'reason'"
                " FROM accounts AS a JOIN events AS e ON e.subject_id = a.id"
                " AND e.type = 'AccountAddressAssigned' WHERE a.id = :id ORDER BY e.sequence"
            ),
            {"id": first},
        )
        assert found.all()[-1] == ("10.9.2.3", "203.0.113.3", "Make room")


async def test_no_account_is_opened_where_every_address_is_full(
    as_web: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(get_settings(), "egress_addresses", "10.9.1.2")
    monkeypatch.setitem(rate_budgets.ACCOUNTS_MAX, Exchange.BINANCE, 1)
    await make_account()
    with pytest.raises(Refused, match="PATRIOT_EGRESS_ADDRESSES"):
        await make_account()
