"""The life of a key against a real exchange: verified, queued, replaced, set aside, locked down."""

from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from daemon.execution import key_life
from daemon.jobs import check_keys, remind_of_keys, watch_key_use
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.errors import Refused
from patriot_app.core.sealing import SealedBox, public_key_of, seal
from patriot_app.core.services import halts, key_checks
from patriot_app.core.unit_of_work import begin
from tests.daemon.execution.trading import Trader, running_trader
from tests.database import Server
from tests.factories.rows import OPERATOR


class Keys:
    """The desk's accounts with keys that are really sealed for the trader's vault."""

    def __init__(self, trader: Trader, accounts: Iterator[UUID]) -> None:
        self.trader = trader
        self.context = trader.context
        self.account = next(accounts)
        # The desk's own rows hold no boxes and know the exchange's account by another name.
        trader.desk.execute("DELETE FROM credentials WHERE account_id = %s", self.account)
        trader.desk.execute(
            "UPDATE account_states SET exchange_uid = '' WHERE account_id = %s", self.account
        )
        # Each from an address of its own: behind one they would wait for its rate limit.
        place = trader.desk.accounts.index(self.account)
        trader.desk.execute(
            "UPDATE accounts SET source_address = %s WHERE id = %s",
            f"127.0.0.{2 + place}",
            self.account,
        )

    def store(self, api_key: str, api_secret: str, *, status: str = "submitted") -> UUID:
        """Seal a key pair as the web process does."""
        credential_id = uuid4()
        private = next(iter(self.context.vault._private_keys.values()))
        boxes = [
            self._box(public_key_of(private), name, value, credential_id)
            for name, value in (("api_key", api_key), ("api_secret", api_secret))
        ]
        self.trader.desk.execute(
            "INSERT INTO credentials (id, account_id, status, key_id, masked_key, fingerprint,"
            " api_key_data_key, api_key_nonce, api_key_ciphertext, api_secret_data_key,"
            " api_secret_nonce, api_secret_ciphertext, created_at)"
            " VALUES (%s, %s, %s, %s, %s, '', %s, %s, %s, %s, %s, %s,"
            " now() - interval '10 minutes')",
            credential_id,
            self.account,
            status,
            boxes[0].key_id,
            f"{api_key[:4]}…{api_key[-4:]}",
            *(part for box in boxes for part in (box.data_key, box.nonce, box.ciphertext)),
        )
        return credential_id

    def _box(self, public: bytes, name: str, value: str, record: UUID) -> SealedBox:
        return seal(public, value, context=f"binance|{self.account}|{name}|{record}")

    def own(self, *, status: str = "submitted") -> UUID:
        """Store the key that the paper exchange knows for the account."""
        return self.store(self.account.hex, f"secret-{self.account.hex}", status=status)

    def row(self, credential_id: UUID) -> dict[str, Any]:
        (found,) = self.trader.desk.execute(
            "SELECT to_jsonb(c) FROM credentials AS c WHERE id = %s", credential_id
        )
        return dict(found[0])  # type: ignore[call-overload, no-any-return]

    def events(self, kind: str) -> list[dict[str, Any]]:
        rows = self.trader.desk.execute(
            "SELECT payload FROM events WHERE type = %s AND stream = %s ORDER BY sequence",
            kind,
            f"account:{self.account}",
        )
        return [dict(row[0]) for row in rows]  # type: ignore[call-overload]

    def state(self) -> tuple[object, ...]:
        (found,) = self.trader.desk.execute(
            "SELECT is_ready, not_ready_reason FROM account_states WHERE account_id = %s",
            self.account,
        )
        return found

    def checks(self, credential_id: UUID) -> list[tuple[object, ...]]:
        return self.trader.desk.execute(
            "SELECT outcome, times FROM key_checks WHERE credential_id = %s ORDER BY first_at",
            credential_id,
        )

    async def set_rights(self, **rights: Any) -> None:
        await self.trader.paper.act("binance", self.account.hex, "permissions", **rights)

    def make_due(self) -> None:
        self.trader.desk.execute(
            "UPDATE credentials SET next_try_at = now() - interval '1 second' WHERE account_id = %s",
            self.account,
        )


@pytest.fixture(scope="module")
async def desk(server: Server, database_name: str) -> AsyncIterator[tuple[Trader, Iterator[UUID]]]:
    """Run one paper exchange for all; each test takes an account of its own."""
    async with running_trader(
        server, database_name, accounts=20, require_bound_ip=False, key_denials_max=3
    ) as trader:
        yield trader, iter(trader.desk.accounts)


@pytest.fixture
def held(desk: tuple[Trader, Iterator[UUID]], as_daemon: str) -> Keys:
    return Keys(*desk)


async def test_a_good_key_is_admitted_and_its_facts_are_kept(held: Keys) -> None:
    held.context.sessions.pop(held.account)
    key = held.own()
    looked = await key_life.look(held.context, key)
    assert looked.is_usable
    row = held.row(key)
    assert (row["status"], row["rejection"]) == ("verified", None)
    assert row["permissions"]["can_move_money"] is False
    assert row["permissions"]["exchange_uid"]
    assert [one["issue"] for one in row["findings"]] == ["unbound"]
    assert held.checks(key) == [("warned", 1)]
    assert held.account in held.context.sessions
    assert held.state() == (True, "")


async def test_a_refused_key_is_destroyed_with_the_right_that_was_too_much(held: Keys) -> None:
    await held.set_rights(withdraw=True)
    key = held.own()
    looked = await key_life.look(held.context, key)
    assert not looked.is_usable
    row = held.row(key)
    assert row["status"] == "rejected"
    assert row["api_key_ciphertext"] is None
    assert row["api_secret_ciphertext"] is None
    assert "enableWithdrawals" in row["rejection"][0]
    (told,) = held.events("CredentialRejected")
    assert "delete this key" in told["reasons"][0]


async def test_an_exchange_that_is_down_queues_the_key_and_is_asked_again(held: Keys) -> None:
    key = held.own()
    await held.trader.paper.plan_fault("respond", "/sapi", times=2, status=503, body="<html>")
    looked = await key_life.look(held.context, key)
    assert looked.is_postponed
    row = held.row(key)
    assert (row["status"], row["tries"]) == ("waiting", 1)
    assert row["next_try_at"]
    assert row["last_error"]
    await check_keys.run(held.context)  # not due yet: nobody is asked
    assert held.row(key)["tries"] == 1
    held.make_due()
    await check_keys.run(held.context)
    assert held.row(key)["tries"] == 2
    held.make_due()
    await check_keys.run(held.context)
    row = held.row(key)
    assert (row["status"], row["tries"], row["next_try_at"]) == ("verified", 0, None)
    assert len(held.events("CredentialWaiting")) == 1
    assert held.checks(key) == [("postponed", 2), ("warned", 1)]


async def test_a_key_whose_command_nobody_carried_out_is_taken_up(held: Keys) -> None:
    key = held.own()
    await check_keys.run(held.context)
    assert held.row(key)["status"] == "verified"


async def test_the_former_key_works_until_the_new_one_is_proved(held: Keys) -> None:
    former = held.own()
    await key_life.look(held.context, former)
    wrong = held.store("a-key-that-nobody-knows", "whatever")
    assert not (await key_life.look(held.context, wrong)).is_usable
    assert held.row(former)["status"] == "verified"
    assert held.row(former)["api_key_ciphertext"] is not None
    await held.context.gateway.fetch_balance(held.context.sessions[held.account])
    before = held.context.sessions[held.account]
    new = held.own()
    assert (await key_life.look(held.context, new)).is_usable
    old = held.row(former)
    assert (old["status"], old["api_key_ciphertext"]) == ("replaced", None)
    assert held.row(new)["status"] == "verified"
    assert held.context.sessions[held.account] is not before
    runs = held.trader.desk.execute(
        "SELECT kind FROM sync_runs WHERE account_id = %s", held.account
    )
    assert runs == [("full",)]
    assert len(held.events("CredentialReplaced")) == 1


async def test_a_key_of_another_exchange_account_is_refused(held: Keys) -> None:
    await key_life.look(held.context, held.own())
    await held.trader.paper.create_account("binance", "another", api_secret="secret-another")
    looked = await key_life.look(held.context, held.store("another", "secret-another"))
    assert [one.issue.value for one in looked.findings if one.effect == "refuse"] == [
        "other_account"
    ]


async def test_an_exchange_account_that_another_account_has_is_refused(held: Keys) -> None:
    session = held.context.sessions[held.account]
    uid = (await held.context.gateway.fetch_permissions(session)).exchange_uid
    other = uuid4()
    held.trader.desk.execute(
        "INSERT INTO accounts (id, client_id, exchange, mode, label, status, shard)"
        " VALUES (%s, %s, 'binance', 'paper', 'Other', 'active', 0)",
        other,
        held.trader.desk.client_id,
    )
    held.trader.desk.execute(
        "INSERT INTO account_states (account_id, exchange, mode, exchange_uid)"
        " VALUES (%s, 'binance', 'paper', %s)",
        other,
        uid,
    )
    looked = await key_life.look(held.context, held.own())
    held.trader.desk.execute("DELETE FROM account_states WHERE account_id = %s", other)
    assert "account_taken" in {one.issue.value for one in looked.findings}
    assert not looked.is_usable


async def test_a_key_that_is_kept_out_again_and_again_is_set_aside(held: Keys) -> None:
    key = held.own()
    await key_life.look(held.context, key)
    session = held.context.sessions[held.account]
    await held.set_rights(ip_whitelist=["198.51.100.9"])
    for _ in range(3):
        with pytest.raises(Exception, match="-2015"):
            await held.context.gateway.fetch_balance(session)
    await check_keys.run(held.context)
    row = held.row(key)
    assert row["status"] == "quarantined"
    assert row["api_key_ciphertext"] is not None
    assert held.account not in held.context.sessions
    is_ready, reason = held.state()
    assert not is_ready
    assert "does not work any more" in str(reason)
    assert len(held.events("CredentialQuarantined")) == 1
    # By hand, after it was mended at the exchange: the same key comes back.
    await held.set_rights(ip_whitelist=[])
    assert (await key_life.look(held.context, key)).is_usable
    assert held.row(key)["status"] == "verified"
    assert held.account in held.context.sessions
    assert held.state() == (True, "")


async def test_checks_that_are_kept_out_set_the_key_aside_after_a_few(held: Keys) -> None:
    key = held.own()
    await key_life.look(held.context, key)
    await held.set_rights(ip_whitelist=["198.51.100.9"])
    for denials in (1, 2):
        await key_life.look(held.context, key)
        assert (held.row(key)["status"], held.row(key)["denials"]) == ("verified", denials)
    await key_life.look(held.context, key)
    assert held.row(key)["status"] == "quarantined"
    assert held.checks(key)[-2:] == [("denied", 2), ("quarantined", 1)]


async def test_a_moved_account_goes_over_when_its_key_is_let_in_from_there(held: Keys) -> None:
    key = held.own()
    await key_life.look(held.context, key)
    former = held.context.sessions[held.account].source_address
    held.trader.desk.execute(
        "UPDATE accounts SET source_address = '127.0.0.40' WHERE id = %s", held.account
    )
    await held.set_rights(ip_whitelist=[former])
    await key_life.look(held.context, key)
    assert held.context.sessions[held.account].source_address == former
    await held.set_rights(ip_whitelist=[former, "127.0.0.40"])
    await key_life.look(held.context, key)
    assert held.context.sessions[held.account].source_address == "127.0.0.40"
    assert held.state() == (True, "")


async def test_a_key_that_may_not_trade_any_more_is_set_aside(held: Keys) -> None:
    key = held.own()
    await key_life.look(held.context, key)
    await held.set_rights(trade=False)
    assert not (await key_life.look(held.context, key)).is_usable
    row = held.row(key)
    assert row["status"] == "quarantined"
    assert row["findings"][0]["issue"] == "cannot_trade"


async def test_a_withdrawal_right_that_came_later_locks_the_account_down(held: Keys) -> None:
    key = held.own()
    await key_life.look(held.context, key)
    await held.set_rights(withdraw=True)
    assert (await key_life.look(held.context, key)).is_usable
    assert held.row(key)["status"] == "verified"
    assert held.account in held.context.sessions, "it must be able to close"
    found = held.trader.desk.execute(
        "SELECT rule, state FROM lockdowns WHERE account_id = %s", held.account
    )
    assert found == [("rights_grew", "open")]
    halts = held.trader.desk.execute(
        "SELECT state, level FROM halts WHERE scope = 'account' AND scope_id = %s"
        " AND lifted_at IS NULL",
        str(held.account),
    )
    assert halts == [("reducing", 2)]
    await key_life.look(held.context, key)
    assert len(held.events("AccountLockedDown")) == 1


async def test_money_that_leaves_and_trades_of_others_lock_down(held: Keys) -> None:
    await key_life.look(held.context, held.own())
    execute = held.trader.desk.execute
    execute(
        "INSERT INTO ledger_rows (id, account_id, row_type, exchange_row_id, asset, classification,"
        " amount, occurred_at, ingested_at) VALUES (gen_random_uuid(), %s, 'TRANSFER', '1', 'USDT',"
        " 'external_flow', -11000, now(), now() + interval '1 minute')",
        held.account,
    )
    await watch_key_use.run(held.context)
    found = "SELECT rule, state FROM lockdowns WHERE account_id = %s ORDER BY opened_at"
    assert execute(found, held.account) == [("money_left", "open")]
    halt = execute(
        "SELECT id FROM halts WHERE scope_id = %s AND lifted_at IS NULL", str(held.account)
    )[0][0]
    async with begin(OPERATOR) as uow:
        with pytest.raises(Refused, match="locked down"):
            await halts.lower_halt(uow, UUID(str(halt)), reason="Seems fine")
    # What a person has looked into counts no more.
    execute(
        "UPDATE lockdowns SET state = 'restored', closed_at = now() + interval '2 minutes'"
        " WHERE account_id = %s",
        held.account,
    )
    await watch_key_use.run(held.context)
    assert execute(found, held.account) == [("money_left", "restored")]


async def test_a_revoked_key_is_held_no_longer(held: Keys) -> None:
    key = held.own()
    await key_life.look(held.context, key)
    held.trader.desk.execute("UPDATE credentials SET status = 'revoked' WHERE id = %s", key)
    others = dict(held.context.sessions)
    held.context.sessions.clear()
    held.context.sessions[held.account] = others.pop(held.account)
    await key_life.let_go(held.context)
    assert held.account not in held.context.sessions
    held.context.sessions.update(others)
    is_ready, reason = held.state()
    assert (is_ready, reason) == (False, "It has no key in use")


async def test_a_box_that_was_changed_stops_its_account_and_wakes_somebody(held: Keys) -> None:
    key = held.own(status="verified")
    held.trader.desk.execute(
        "UPDATE credentials SET api_secret_ciphertext = api_key_ciphertext WHERE id = %s", key
    )
    with pytest.raises(Refused):
        await key_life.look(held.context, key)
    is_ready, reason = held.state()
    assert not is_ready
    assert "does not open" in str(reason)
    assert held.account not in held.context.sessions
    assert len(held.events("CredentialDidNotOpen")) == 1


async def test_a_bad_key_holds_up_no_other(held: Keys) -> None:
    bad = held.own(status="verified")
    held.trader.desk.execute(
        "UPDATE credentials SET api_secret_ciphertext = api_key_ciphertext WHERE id = %s", bad
    )
    held.make_due()
    good = held.own()
    await check_keys.run(held.context)
    assert held.row(good)["status"] == "verified"


async def test_reminders_are_sent_once_and_renewal_is_asked(held: Keys) -> None:
    key = held.own()
    await key_life.look(held.context, key)
    held.trader.desk.execute(
        "UPDATE credentials SET expires_at = now() + interval '6 days',"
        " created_at = now() - interval '200 days' WHERE id = %s",
        key,
    )
    await remind_of_keys.run(held.context)
    await remind_of_keys.run(held.context)
    (soon,) = held.events("CredentialExpiresSoon")
    assert soon["days"] == 7
    (asked,) = held.events("CredentialRenewalAsked")
    assert asked["age_days"] == 200
    held.trader.desk.execute(
        "UPDATE credentials SET expires_at = now() + interval '20 hours' WHERE id = %s", key
    )
    await remind_of_keys.run(held.context)
    assert [one["days"] for one in held.events("CredentialExpiresSoon")] == [7, 1]


async def test_a_key_that_was_revoked_meanwhile_is_not_admitted(held: Keys) -> None:
    former = held.own()
    await key_life.look(held.context, former)
    facts = await held.context.gateway.fetch_permissions(held.context.sessions[held.account])
    new = held.own(status="revoked")
    async with begin(SYSTEM) as uow:
        assert await key_checks.admit(uow, new, facts) is None
    assert held.row(former)["status"] == "verified", "the former one stays"
