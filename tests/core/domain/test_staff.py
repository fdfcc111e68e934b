"""Roles that go together, and an auditor's end."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import pytest

from patriot_app.core.domain.permission_matrix import MATRIX
from patriot_app.core.domain.permissions import (
    STAFF_ROLES,
    WORKING_ROLES,
    Permission,
    Role,
    grant_of,
)
from patriot_app.core.domain.staff import (
    AUDIT_LASTS_MAX,
    check_roles,
    end_of_day,
    need_agreed,
    need_held,
)
from patriot_app.core.errors import Invalid, Refused

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=30)


@pytest.mark.parametrize(
    ("roles", "until", "field"),
    [
        ((), None, "roles"),
        ((Role.CUSTOMER,), None, "roles"),
        ((Role.AUDITOR, Role.SUPPORT), LATER, "roles"),
        ((Role.AUDITOR,), None, "access_until"),
        ((Role.AUDITOR,), NOW, "access_until"),
        ((Role.AUDITOR,), NOW + AUDIT_LASTS_MAX + timedelta(seconds=1), "access_until"),
        ((Role.SUPPORT,), LATER, "access_until"),
    ],
)
def test_roles_that_do_not_go_together_are_refused_by_field(
    roles: Collection[Role], until: datetime | None, field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        check_roles(roles, access_until=until, now=NOW)
    assert set(caught.value.fields) == {field}


def test_who_works_here_may_hold_several_roles_and_an_auditor_one() -> None:
    assert check_roles(WORKING_ROLES, access_until=None, now=NOW) == WORKING_ROLES
    assert check_roles([Role.AUDITOR], access_until=LATER, now=NOW) == {Role.AUDITOR}
    assert {Role.AUDITOR} == STAFF_ROLES - WORKING_ROLES


def test_the_last_day_is_included_whole() -> None:
    assert end_of_day("2026-05-04") == datetime(2026, 5, 5, tzinfo=UTC)
    assert end_of_day(" ") is None
    with pytest.raises(Invalid):
        end_of_day("4 May")


def test_an_auditor_only_reads_and_sees_no_personal_data() -> None:
    granted = {
        permission for permission, action in MATRIX.actions.items() if Role.AUDITOR in action.grants
    }
    assert Permission.AUDIT_READ in granted
    assert {permission.value.partition(":")[2] for permission in granted} == {"read"}
    cell = MATRIX.actions[Permission.CLIENTS_READ].grants[Role.AUDITOR]
    assert cell.reach == "masked"


def test_nobody_gives_a_role_that_he_does_not_hold_himself() -> None:
    need_held([Role.ADMIN, Role.SUPPORT], [Role.SUPPORT])
    with pytest.raises(Refused, match="compliance, fund_manager"):
        need_held([Role.ADMIN], [Role.FUND_MANAGER, Role.COMPLIANCE])


def test_whoever_manages_the_staff_gives_an_auditor_no_permission_that_he_lacks() -> None:
    need_held([Role.ADMIN], [Role.AUDITOR])
    for permission, action in MATRIX.actions.items():
        if (cell := action.grants.get(Role.AUDITOR)) is not None:
            assert grant_of([Role.ADMIN], permission, cell.reach) is not None, permission


def test_an_administrator_comes_and_goes_by_two_persons() -> None:
    assert need_agreed([Role.ADMIN, Role.SUPPORT], is_agreed=True)
    assert not need_agreed([Role.SUPPORT], is_agreed=False)
    with pytest.raises(Refused, match="two persons"):
        need_agreed([Role.ADMIN], is_agreed=False)
