"""New strategies and versions, which take a second person."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from patriot_app.core import four_eyes
from patriot_app.core.domain.proposals import Change, ProposalKind
from patriot_app.web.actions import Outcome, perform
from patriot_app.web.console.strategies.rows import StrategyRow
from patriot_app.web.parts.proposing import proposed

CREATED, CHANGED = "A new strategy", "Other settings"
"""Reasons where the form asks for none."""


async def propose_new(
    name: str, *, kind: str, parameters: dict[str, str], description: str
) -> Outcome:
    """Propose a strategy with its first version; the core checks every setting."""
    outcome = await perform(
        four_eyes.submit,
        ProposalKind.CREATE_STRATEGY,
        subject=name,
        subject_key=name.strip().lower(),
        payload={
            "name": name,
            "kind": kind,
            "parameters": parameters,
            "description": description,
        },
        changes=[Change(key, "", value) for key, value in parameters.items()],
        reason=CREATED,
        done="Strategy created",
    )
    return proposed(outcome)


async def propose_version(
    strategy: StrategyRow,
    *,
    parameters: dict[str, str],
    former: Mapping[str, str],
    note: str,
    moves: Sequence[UUID],
) -> Outcome:
    """Propose new settings as the next version, and to move deployments to it.

    Args:
        former: the newest version's settings.
    """
    outcome = await perform(
        four_eyes.submit,
        ProposalKind.CHANGE_STRATEGY,
        subject=strategy.name,
        subject_key=strategy.id,
        payload={
            "strategy_id": strategy.id,
            "parameters": parameters,
            "note": note,
            "moves": [str(deployment_id) for deployment_id in moves],
        },
        changes=[
            Change(name, former.get(name, ""), value)
            for name, value in parameters.items()
            if value != former.get(name, "")
        ],
        reason=note.strip() or CHANGED,
        done="New version written",
    )
    return proposed(outcome)
