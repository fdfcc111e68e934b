"""Every state machine of the domain, taken as a table."""

from collections.abc import Mapping
from enum import StrEnum

import pytest

from patriot_app.core.domain import (
    accounts,
    commands,
    credentials,
    deployments,
    fan_outs,
    halts,
    invoices,
    orders,
    protection,
    reconciliation,
    users,
)
from patriot_app.core.domain.commands import COMMAND_TRANSITIONS, CommandStatus
from patriot_app.core.domain.deployments import DeploymentStatus
from patriot_app.core.domain.transitions import advance, final_states, prior_states
from patriot_app.core.errors import IllegalTransition

Table = Mapping[StrEnum, frozenset[StrEnum]]

TABLES: dict[str, Table] = {
    "account": accounts.TRANSITIONS,
    "attempt": orders.ATTEMPT_TRANSITIONS,
    "clearing": halts.CLEARING_TRANSITIONS,
    "command": commands.COMMAND_TRANSITIONS,
    "credential": credentials.TRANSITIONS,
    "deployment": deployments.TRANSITIONS,
    "discrepancy": reconciliation.DISCREPANCY_TRANSITIONS,
    "fan-out": fan_outs.TRANSITIONS,
    "fee period": invoices.FEE_PERIOD_TRANSITIONS,
    "halt": halts.HALT_TRANSITIONS,
    "intent": orders.INTENT_TRANSITIONS,
    "invoice": invoices.TRANSITIONS,
    "leg": protection.LEG_TRANSITIONS,
    "trading": halts.TRADING_TRANSITIONS,
    "user": users.TRANSITIONS,
}
WITHOUT_END = {"account", "trading"}
every_table = pytest.mark.parametrize("name", sorted(TABLES))


@every_table
def test_a_table_knows_every_state(name: str) -> None:
    table = TABLES[name]
    kind = type(next(iter(table)))
    assert set(table) == set(kind)
    assert set().union(*table.values()) <= set(kind)


@every_table
def test_every_state_but_the_first_can_be_reached(name: str) -> None:
    table = TABLES[name]
    reached, edge = set(), [next(iter(table))]
    while edge:
        state = edge.pop()
        if state not in reached:
            reached.add(state)
            edge.extend(table[state])
    assert reached == set(table)


@every_table
def test_a_machine_comes_to_an_end_unless_it_has_none(name: str) -> None:
    assert bool(final_states(TABLES[name])) == (name not in WITHOUT_END)


@every_table
def test_the_same_state_again_is_no_change_and_no_arrow_is_refused(name: str) -> None:
    table = TABLES[name]
    for current in table:
        assert advance(table, current, current) is current
        for wanted in set(table) - table[current] - {current}:
            with pytest.raises(IllegalTransition):
                advance(table, current, wanted)
        for wanted in table[current]:
            assert advance(table, current, wanted) is wanted
            assert current in prior_states(table, wanted)


def test_a_claim_whose_owner_died_returns() -> None:
    again = advance(COMMAND_TRANSITIONS, CommandStatus.CLAIMED, CommandStatus.PENDING)
    assert again is CommandStatus.PENDING


def test_a_stopped_deployment_stays_stopped() -> None:
    for status in DeploymentStatus:
        if status is not DeploymentStatus.STOPPED:
            with pytest.raises(IllegalTransition):
                advance(deployments.TRANSITIONS, DeploymentStatus.STOPPED, status)
