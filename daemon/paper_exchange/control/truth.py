"""Reading the ground truth, page by page."""

from __future__ import annotations

from typing import Final

from daemon.paper_exchange.control.accounts import find_account
from daemon.paper_exchange.control.serving import Command, Missing
from daemon.paper_exchange.host import PaperHost
from daemon.paper_exchange.truth import (
    KINDS,
    PAGE_MAX,
    TruthLog,
    describe_account,
    read_section,
    sections,
)

PAGE: Final = 1_000


class TruthControl:
    """The work of the truth paths."""

    def __init__(self, host: PaperHost, log: TruthLog) -> None:
        self._host = host
        self._log = log

    async def read_log(self, command: Command) -> object:
        """Show accepted requests, faults and clock changes (after, limit, kind, exchange, api_key).

        Go on with `after` set to the `next` of the page before while `more` is true.
        """
        fields = command.fields
        page = self._log.read(
            after=fields.integer("after", 0),
            limit=fields.integer("limit", PAGE, least=1, most=PAGE_MAX),
            kind=fields.choice("kind", ("", *KINDS), ""),
            exchange=fields.choice("exchange", ("", *self._host.engines), ""),
            api_key=_text(command, "api_key"),
        )
        fields.finish()
        return page

    async def show_account(self, command: Command) -> object:
        """Show an account's wallet, margin, positions and open orders as they really are."""
        engine, account = find_account(self._host, command)
        return describe_account(engine, account)

    async def read_history(self, command: Command) -> object:
        """Show an account's orders, conditionals, fills or ledger (after, limit)."""
        engine, account = find_account(self._host, command)
        section = command.named["section"]
        if section not in sections(account):
            raise Missing(f"sections are {', '.join(sections(account))}")
        fields = command.fields
        after = fields.integer("after", 0)
        limit = fields.integer("limit", PAGE, least=1, most=PAGE_MAX)
        fields.finish()
        engine.enter()
        return read_section(account, section, after=after, limit=limit)


def _text(command: Command, name: str) -> str:
    """Read a text of the query, which may look like a number."""
    value = command.body.get(name, "")
    if isinstance(value, int):
        command.fields.integer(name)
        return str(value)
    return command.fields.text(name, "")
