"""Swarms: several kinds of faults at random, from one seed."""

from __future__ import annotations

from dataclasses import replace

from daemon.paper_exchange.faults.answers import EXEMPT_WHEN_REDUCING, ORDER_ENTRY_ONLY
from daemon.paper_exchange.faults.facts import RequestFacts
from daemon.paper_exchange.faults.kinds import CANCEL_RACES, LENS_KINDS, REQUEST_KINDS, FaultKind
from daemon.paper_exchange.faults.rules import FaultRule, is_cancel, places_orders


def draw(swarm: FaultRule, kinds: frozenset[FaultKind]) -> FaultRule | None:
    """Throw the dice of a swarm once; a fault that comes of it bears the swarm's id.

    A kind that cannot happen here leaves its share of the chance unused, so that the rates of
    the others stay what they are.
    """
    thrown = swarm.dice.random()
    for name, given in swarm.parameters["rates"].items():
        thrown -= given["rate"]
        if thrown < 0:
            kind = FaultKind(name)
            if kind not in kinds:
                return None
            parameters = {key: value for key, value in given.items() if key != "rate"}
            return replace(swarm, kind=kind, parameters=parameters, times=1)
    return None


def is_made_of(swarm: FaultRule, kinds: frozenset[FaultKind]) -> bool:
    """Tell whether a swarm has one of the kinds."""
    return any(FaultKind(name) in kinds for name in swarm.parameters["rates"])


def possible_kinds(facts: RequestFacts) -> frozenset[FaultKind]:
    """Return the kinds of a swarm that can happen to a request."""
    kinds = REQUEST_KINDS - LENS_KINDS
    if not places_orders(facts.request):
        kinds -= ORDER_ENTRY_ONLY
    if facts.only_reduces:
        kinds -= EXEMPT_WHEN_REDUCING
    if not is_cancel(facts.request):
        kinds -= CANCEL_RACES
    return kinds
