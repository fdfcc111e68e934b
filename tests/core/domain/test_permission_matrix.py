"""The matrix is read as it stands, refused where it is unclear, and decides everything."""

import itertools
from collections.abc import Callable

import pytest

from patriot_app.core.domain.permission_matrix import (
    FILE,
    MATRIX,
    Grant,
    MatrixIsWrong,
    read_matrix,
)
from patriot_app.core.domain.permissions import (
    STAFF_ROLES,
    Actor,
    Permission,
    Reach,
    Role,
    can,
    grant_of,
    need_reach,
    needs_two_persons,
    sees_personal_data,
)
from patriot_app.core.errors import Refused

P = Permission


def somebody(*roles: Role, surface: str = "console") -> Actor:
    return Actor(user_id=None, name="Somebody", roles=frozenset(roles), surface=surface)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda text: text.replace('[actions."signals:publish"]', '[actions."x:y"]'), "signals"),
        (lambda text: text + '\n[actions."x:y"]\nsays = "?"\n', "No such permission: x:y"),
        (lambda text: text.replace('customer = "own"', 'customer = "all"', 1), "his own"),
        (lambda text: text.replace('support = "masked"', 'support = "some"'), "unknown reach"),
        (lambda text: text.replace('"all, step-up"', '"all, stepup"'), "unknown conditions"),
        (lambda text: text.replace("compliance =", "nobody =", 1), "no such role"),
        (lambda text: text.replace('= ["clients:write"]', "= []"), "unknown callers"),
        (lambda text: text + "\n[others]\n", "Unknown tables"),
        (
            lambda text: text.replace('support = "all, step-up"', 'support = "all"'),
            "some of the staff",
        ),
    ],
)
def test_an_unclear_matrix_is_refused(wrong: Callable[[str], str], said: str) -> None:
    with pytest.raises(MatrixIsWrong, match=said):
        read_matrix(wrong(FILE.read_text("utf-8")))


def test_without_a_role_nothing_is_granted() -> None:
    assert not [permission for permission in P if can(somebody(), permission)]


def test_a_customer_reaches_only_what_is_his_own_and_staff_never_act_as_customers() -> None:
    own = {permission for permission in P if can(somebody(Role.CUSTOMER), permission)}
    assert own == {
        P.PORTAL_VIEW,
        P.OWN_KEYS_WRITE,
        P.OWN_PROFILE_WRITE,
        P.OWN_TICKETS_WRITE,
        P.OWN_ALLOCATIONS_WRITE,
        P.OWN_REPORTS_WRITE,
        P.OWN_ACCOUNT_PAUSE,
    }
    assert not {permission for permission in own if can(somebody(*STAFF_ROLES), permission)}


def test_roles_add_up_and_never_take_away() -> None:
    for permission, reach in itertools.product(P, Reach):
        alone = [grant_of({role}, permission, reach) for role in Role]
        together = grant_of(set(Role), permission, reach)
        found = [grant for grant in alone if grant is not None]
        assert (together is None) == (not found)
        assert together is None or together.conditions == min(one.conditions for one in found)


def test_the_administrator_alone_trades_nothing_and_sets_no_limit_or_fee() -> None:
    trading = {
        P.SIGNALS_PUBLISH,
        P.STRATEGIES_WRITE,
        P.DEPLOYMENTS_WRITE,
        P.ORDERS_CANCEL,
        P.POSITIONS_CLOSE,
        P.LIMITS_WRITE,
        P.FEE_TERMS_WRITE,
    }
    assert not [permission for permission in trading if can(somebody(Role.ADMIN), permission)]
    assert needs_two_persons(somebody(Role.ADMIN), P.FLATTEN, Reach.ALL)


def test_compliance_cannot_trade() -> None:
    may = {permission for permission in P if can(somebody(Role.COMPLIANCE), permission)}
    assert not may & {P.SIGNALS_PUBLISH, P.POSITIONS_CLOSE, P.FLATTEN, P.DEPLOYMENTS_WRITE}


@pytest.mark.parametrize(
    ("role", "reach", "is_allowed"),
    [
        (Role.SUPPORT, Reach.ACCOUNT, True),
        (Role.SUPPORT, Reach.STRATEGY, False),
        (Role.FUND_MANAGER, Reach.ACCOUNT, True),
        (Role.FUND_MANAGER, Reach.STRATEGY, True),
        (Role.FUND_MANAGER, Reach.ALL, False),
        (Role.COMPLIANCE, Reach.ALL, True),
        (Role.CUSTOMER, Reach.ACCOUNT, False),
    ],
)
def test_a_halt_goes_as_far_as_the_role_reaches(role: Role, reach: Reach, is_allowed: bool) -> None:
    if is_allowed:
        need_reach(somebody(role), P.HALT_RAISE, reach)
        return
    with pytest.raises(Refused):
        need_reach(somebody(role), P.HALT_RAISE, reach)


def test_whoever_has_the_machine_is_not_asked() -> None:
    need_reach(somebody(surface="daemon"), P.HALT_RAISE, Reach.ALL)


def test_a_narrow_cell_without_conditions_does_not_ease_a_wide_one() -> None:
    both = {Role.FUND_MANAGER, Role.ADMIN}
    assert grant_of(both, P.FLATTEN, Reach.ACCOUNT) == Grant(Reach.STRATEGY, step_up=True)
    widest = grant_of(both, P.FLATTEN, Reach.ALL)
    assert widest is not None
    assert widest.two_persons


def test_personal_data_is_clear_to_compliance_alone() -> None:
    assert [role for role in Role if sees_personal_data(somebody(role))] == [Role.COMPLIANCE]


def test_what_costs_a_customer_money_or_keys_asks_for_a_fresh_proof() -> None:
    grave = {P.OWN_KEYS_WRITE, P.CREDENTIALS_WRITE, P.CREDENTIALS_REVOKE, P.HALT_LIFT, P.FLATTEN}
    for permission in grave:
        assert all(grant.step_up for grant in MATRIX.actions[permission].grants.values())
