"""Programs: tokens that rotate, keys that end, and a person who is shut out takes both along."""

from datetime import timedelta
from uuid import uuid4

import pytest

from patriot_app.core.clock import FrozenClock, SystemClock
from patriot_app.core.domain.permissions import STAFF_ROLES, VISITOR, Actor, Role
from patriot_app.core.errors import Invalid, NotFound, Refused
from patriot_app.core.queries import programs as queries
from patriot_app.core.services import programs, users
from patriot_app.core.unit_of_work import begin
from tests.factories.keys import Keys

DESK = Actor(None, "Ada", STAFF_ROLES, "console")
IP = "192.0.2.10"
ALL = ("accounts:read", "positions:read")


@pytest.fixture
async def customer(as_web: str, keys: Keys) -> Actor:
    async with begin(DESK) as uow:
        user_id = await users.create_client(
            uow, email=f"c-{uuid4()}@mail.example", name="Cleo", password="four words of hers own"
        )
        await users.approve(uow, user_id)
    return Actor(user_id, "Cleo", frozenset({Role.CUSTOMER}), "portal")


async def tokens(customer: Actor) -> programs.Issued:
    assert customer.user_id is not None
    async with begin(VISITOR) as uow:
        return await programs.begin_family(uow, customer.user_id, scopes=ALL, ip=IP)


async def make_key(
    customer: Actor, *, addresses: str = "", lasts: timedelta = timedelta(days=30)
) -> programs.NewKey:
    async with begin(customer) as uow:
        return await programs.create_key(
            uow, name="Bot", scopes=ALL[:1], lasts=lasts, per_minute=60, addresses=addresses
        )


async def suspend(customer: Actor) -> None:
    assert customer.user_id is not None
    async with begin(DESK) as uow:
        await users.suspend(uow, customer.user_id, reason="Asked for a break")


async def test_an_access_token_names_its_person_and_his_rights(customer: Actor) -> None:
    issued = await tokens(customer)
    found = await queries.by_access_token(issued.access_token, ip=IP)
    assert found is not None
    assert found.actor.user_id == customer.user_id
    assert found.actor.surface == "api"
    assert found.scopes == ALL
    assert await queries.by_access_token(issued.refresh_token, ip=IP) is None


async def test_a_refresh_token_is_good_once_and_twice_ends_the_whole_family(
    customer: Actor,
) -> None:
    first = await tokens(customer)
    second = await programs.refresh(first.refresh_token, ip=IP)
    assert await queries.by_access_token(second.access_token, ip=IP) is not None
    with pytest.raises(Refused):
        await programs.refresh(first.refresh_token, ip="203.0.113.66")
    for issued in (first, second):
        assert await queries.by_access_token(issued.access_token, ip=IP) is None
        with pytest.raises(Refused):
            await programs.refresh(issued.refresh_token, ip=IP)


async def test_a_revoked_family_is_over_and_another_goes_on(customer: Actor) -> None:
    ended, kept = await tokens(customer), await tokens(customer)
    async with begin(VISITOR) as uow:
        await programs.end_family(uow, ended.refresh_token)
        await programs.end_family(uow, "never seen")
    assert await queries.by_access_token(ended.access_token, ip=IP) is None
    assert await queries.by_access_token(kept.access_token, ip=IP) is not None


async def test_a_suspended_persons_tokens_and_keys_are_good_for_nothing(customer: Actor) -> None:
    issued, key = await tokens(customer), await make_key(customer)
    await suspend(customer)
    assert await queries.by_access_token(issued.access_token, ip=IP) is None
    assert await queries.by_api_key(key.secret, ip=IP) is None
    with pytest.raises(Refused):
        await programs.refresh(issued.refresh_token, ip=IP)


async def test_a_key_says_who_asks_until_it_is_revoked(customer: Actor) -> None:
    key = await make_key(customer)
    found = await queries.by_api_key(key.secret, ip=IP)
    assert found is not None
    assert (found.actor.user_id, found.scopes) == (customer.user_id, ALL[:1])
    [shown] = await queries.own_keys(customer)
    assert (shown.last_used_ip, shown.prefix) == (IP, key.prefix)
    assert key.secret not in str(shown)
    async with begin(customer) as uow:
        await programs.revoke_key(uow, key.key_id)
        await programs.revoke_key(uow, key.key_id)
    assert await queries.by_api_key(key.secret, ip=IP) is None


async def test_a_key_is_bound_to_its_addresses_and_its_end(customer: Actor) -> None:
    key = await make_key(customer, addresses="192.0.2.0/24")
    assert await queries.by_api_key(key.secret, ip="198.51.100.1") is None
    assert await queries.by_api_key(key.secret, ip=IP) is not None
    later = FrozenClock(SystemClock().now() + timedelta(days=31))
    assert await queries.by_api_key(key.secret, ip=IP, clock=later) is None


async def test_a_key_with_one_letter_changed_is_no_key(customer: Actor) -> None:
    secret = (await make_key(customer)).secret
    for wrong in (secret[:-1] + ("a" if secret[-1] != "a" else "b"), secret[:30], "", "pak_live_"):
        assert await queries.by_api_key(wrong, ip=IP) is None


async def test_nobody_revokes_another_customers_key(customer: Actor) -> None:
    key = await make_key(customer)
    other = Actor(uuid4(), "Eve", frozenset({Role.CUSTOMER}), "portal")
    async with begin(other) as uow:
        with pytest.raises(NotFound):
            await programs.revoke_key(uow, key.key_id)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("name", {"name": " "}),
        ("days", {"lasts": timedelta(days=400)}),
        ("days", {"lasts": timedelta(0)}),
        ("per_minute", {"per_minute": 0}),
        ("per_minute", {"per_minute": 100_000}),
        ("scopes", {"scopes": []}),
        ("scopes", {"scopes": ["accounts:write"]}),
        ("addresses", {"addresses": "my office"}),
    ],
)
async def test_a_key_that_breaks_a_rule_is_refused_by_field(
    customer: Actor, field: str, wrong: dict[str, object]
) -> None:
    right = {"name": "Bot", "scopes": ALL, "lasts": timedelta(days=1), "per_minute": 60}
    async with begin(customer) as uow:
        with pytest.raises(Invalid) as caught:
            await programs.create_key(uow, **(right | wrong))  # type: ignore[arg-type]
    assert set(caught.value.fields) == {field}


async def test_nobody_holds_more_than_ten_keys(customer: Actor) -> None:
    for _ in range(10):
        await make_key(customer)
    with pytest.raises(Refused, match="revoke one"):
        await make_key(customer)
