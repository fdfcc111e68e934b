"""Planning faults and seeing which happened."""

from __future__ import annotations

from daemon.paper_exchange.control.serving import Command, Missing
from daemon.paper_exchange.faults.describing import describe_kinds
from daemon.paper_exchange.host import PaperHost


class FaultControl:
    """The work of the fault paths."""

    def __init__(self, host: PaperHost) -> None:
        self._faults = host.faults
        self._host = host

    async def list_faults(self, command: Command) -> object:
        """List the planned faults and the last thousand that happened."""
        return {
            "planned": [rule.describe() for rule in self._faults.rules],
            "happened": list(self._faults.happened),
            "skews_ms": self._host.skews_ms,
        }

    async def list_kinds(self, command: Command) -> object:
        """List the kinds of faults and what they need."""
        return describe_kinds()

    async def plan_fault(self, command: Command) -> object:
        """Plan a fault, or do at once what needs no request to meet (kind and its parameters)."""
        rule = self._faults.plan(command.body)
        return {"planned": len(self._faults.rules), "fault": rule.describe()}

    async def remove_fault(self, command: Command) -> object:
        """Remove one planned fault."""
        if not self._faults.remove(command.named["fault_id"]):
            raise Missing("no such fault")
        return {"planned": len(self._faults.rules)}

    async def clear_faults(self, command: Command) -> object:
        """Remove every planned fault; clocks that were set wrong are right again."""
        self._faults.clear()
        self._host.skews_ms.clear()
        return {"planned": 0}
