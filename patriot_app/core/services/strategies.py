"""Strategies of the desk: a name, a kind of the catalogue, and versions that never change."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db.locks import lock
from patriot_app.core.domain.events import StrategyCreated, StrategyVersionAdded
from patriot_app.core.errors import Invalid, NotFound
from patriot_app.core.ids import new_id
from patriot_app.core.schema.strategies import Strategy, StrategyVersion
from patriot_app.core.strategies.catalogue import strategy_named
from patriot_app.core.strategies.parameters import to_raw
from patriot_app.core.unit_of_work import UnitOfWork

_IS_TAKEN = text("SELECT EXISTS (SELECT 1 FROM strategies WHERE lower(name) = lower(:name))")
_NEWEST = text(
    "SELECT s.kind, v.number, v.parameters FROM strategies AS s"
    " JOIN strategy_versions AS v ON v.strategy_id = s.id"
    " WHERE s.id = :strategy_id ORDER BY v.number DESC LIMIT 1"
)


async def create(
    uow: UnitOfWork,
    *,
    name: str,
    kind: str,
    parameters: Mapping[str, str],
    description: str = "",
) -> tuple[UUID, UUID]:
    """Create a strategy with its first version; return both ids.

    Args:
        kind: its name in the catalogue.
        parameters: as entered; what is missing takes its default.

    Raises:
        NotFound: no such kind; Invalid: name taken, or a parameter out of its range.
    """
    values = to_raw(strategy_named(kind).read(parameters))
    label = name.strip()
    if not label or len(label) > 120:
        raise Invalid({"name": "Please give a name of at most 120 characters"})
    if (await uow.session.execute(_IS_TAKEN, {"name": label})).scalar_one():
        raise Invalid({"name": "A strategy of this name exists already"})
    strategy_id = new_id()
    uow.session.add(
        Strategy(
            id=strategy_id,
            name=label,
            kind=kind,
            description=description.strip(),
            created_by=uow.actor.user_id,
        )
    )
    await uow.session.flush()
    uow.record(StrategyCreated(subject=strategy_id, name=label, kind=kind))
    return strategy_id, await _add(uow, strategy_id, number=1, values=values, note="")


async def add_version(
    uow: UnitOfWork, strategy_id: UUID, *, parameters: Mapping[str, str], note: str = ""
) -> UUID:
    """Write new parameters as the next version; deployments move to it when they are told to.

    Raises:
        NotFound: no such strategy; Invalid: out of range, or nothing differs.
    """
    await lock(uow.session, "strategy_versions", strategy_id)
    newest = (await uow.session.execute(_NEWEST, {"strategy_id": strategy_id})).one_or_none()
    if newest is None:
        raise NotFound(f"There is no strategy {strategy_id}")
    values = to_raw(strategy_named(newest.kind).read(parameters))
    if values == newest.parameters:
        raise Invalid({"": f"Nothing differs from version {newest.number}"})
    return await _add(uow, strategy_id, number=newest.number + 1, values=values, note=note)


async def _add(
    uow: UnitOfWork, strategy_id: UUID, *, number: int, values: dict[str, str], note: str
) -> UUID:
    version_id = new_id()
    uow.session.add(
        StrategyVersion(
            id=version_id,
            strategy_id=strategy_id,
            number=number,
            parameters=values,
            note=note.strip(),
            created_by=uow.actor.user_id,
        )
    )
    await uow.session.flush()
    uow.record(StrategyVersionAdded(subject=strategy_id, number=number, parameters=values))
    uow.touch("strategies")
    return version_id
