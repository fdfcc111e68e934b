"""What docs/paper-exchange.md shows works as it stands there."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import sys
from pathlib import Path

import aiohttp
import pytest

from tests.exchange_contract.clients import PYTHON
from tests.paper import running_paper_exchange

PAGE = Path(__file__).resolve().parents[2] / "docs" / "paper-exchange.md"
SHOWN_URL = "http://127.0.0.1:9100"
LIMIT_S = 240.0
TEXT = PAGE.read_text("utf-8")
SNIPPETS = re.findall(r"```python (\w+)\n(.*?)```", TEXT, flags=re.DOTALL)
COMMANDS = [
    line
    for block in re.findall(r"```console\n(.*?)```", TEXT, flags=re.DOTALL)
    for line in block.splitlines()
    if line.startswith("curl ")
]
ACCOUNTS = [command for command in COMMANDS if "/accounts" in command]


async def curl(session: aiohttp.ClientSession, url: str, command: str) -> str:
    """Send what a curl command would."""
    words = shlex.split(command)[1:]
    method, data, target = "GET", None, ""
    while words:
        word = words.pop(0)
        if word == "-X":
            method = words.pop(0)
        elif word == "-d":
            data = words.pop(0)
        else:
            target = word
    assert target.startswith(SHOWN_URL)
    target = target.replace(SHOWN_URL, url)
    async with session.request(method, target, data=data) as answer:
        text = await answer.text()
        assert answer.status == 200, f"{command}\n{text}"
        return text


def test_the_page_shows_every_client() -> None:
    assert [name for name, _ in SNIPPETS] == ["ccxt", "ccxt", "clients", "clients"]
    assert len(COMMANDS) > 15


@pytest.mark.parametrize("number", range(len(SNIPPETS)))
async def test_a_snippet_places_an_order(number: int, tmp_path: Path) -> None:
    name, code = SNIPPETS[number]
    async with running_paper_exchange(paused=False) as paper, aiohttp.ClientSession() as session:
        for command in ACCOUNTS:
            await curl(session, paper.url, command)
        script = tmp_path / "snippet.py"
        script.write_text(code.replace(SHOWN_URL, paper.url), "utf-8")
        hidden = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}
        process = await asyncio.create_subprocess_exec(
            sys.executable if name == "ccxt" else str(PYTHON),
            str(script),
            env={key: value for key, value in os.environ.items() if key not in hidden},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(LIMIT_S):
                written, complaints = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        assert process.returncode == 0, complaints.decode()[-3000:]
        assert "order " in written.decode()
        accounts = await paper.control("GET", "/accounts")
        assert sum(account["trades"] for account in accounts) >= 1  # type: ignore[call-overload]


async def test_the_commands_are_understood() -> None:
    async with running_paper_exchange() as paper, aiohttp.ClientSession() as session:
        for command in COMMANDS:
            assert await curl(session, paper.url, command)
