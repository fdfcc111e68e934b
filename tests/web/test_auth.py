from decimal import Decimal
from typing import Any

import pydantic
import pytest

from patriot_app.core.domain.permissions import Permission
from patriot_app.core.errors import Refused
from patriot_app.web.auth import Access, check, requirement_of, requires


class LimitForm(pydantic.BaseModel):
    value: Decimal = pydantic.Field(gt=0)
    reason: str = pydantic.Field(min_length=1, max_length=20)


def test_a_declared_handler_keeps_its_kind_and_its_requirement() -> None:
    @requires(Permission.LIMITS_WRITE, LimitForm, step_up=True)
    async def save(self: Any, form: LimitForm) -> None: ...

    found = requirement_of(save)
    assert found is not None
    assert (found.access, found.model, found.step_up) == (Permission.LIMITS_WRITE, LimitForm, True)
    assert save.__annotations__["form"] == dict[str, Any]


async def test_a_handler_refuses_even_if_the_guard_were_missing() -> None:
    ran = False

    @requires(Access.SIGNED_IN)
    async def act(self: Any) -> None:
        nonlocal ran
        ran = True

    with pytest.raises(Refused):
        await act(object())
    assert not ran


def test_an_open_handler_needs_nobody() -> None:
    @requires(Access.PUBLIC)
    def load(self: Any) -> None: ...

    found = requirement_of(load)
    assert found is not None
    check(found)
