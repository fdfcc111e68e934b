"""Run a script of an independent client in the environment that holds these clients.

The clients' pins are not the product's, so they live in ``.venv-clients`` (``make clients``) and
run as processes of their own. A script of ``client_scripts`` reads its settings as one JSON object
from its standard input and writes JSON lines to its standard output.
"""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any, Final

CHECKOUT: Final = Path(__file__).resolve().parents[2]
PYTHON: Final = CHECKOUT / ".venv-clients" / "bin" / "python"
SCRIPTS: Final = Path(__file__).with_name("client_scripts")
LIMIT_S: Final = 240.0
"""Far above what a script needs: the clients alone take seconds to import."""
_LINE_BYTES_MAX: Final = 1 << 22


async def run_client(name: str, **settings: Any) -> list[Any]:
    """Run a script to its end and return what it wrote, one value a line."""
    process = await _start(name)
    try:
        async with asyncio.timeout(LIMIT_S):
            written, complaints = await process.communicate(json.dumps(settings).encode())
    finally:
        await _end(process)
    assert process.returncode == 0, f"{name} failed:\n{complaints.decode()[-4000:]}"
    return [json.loads(line) for line in written.splitlines() if line.strip()]


async def _start(name: str) -> asyncio.subprocess.Process:
    assert PYTHON.exists(), "the environment of the independent clients is missing: make clients"
    hidden = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}
    return await asyncio.create_subprocess_exec(
        str(PYTHON),
        str(SCRIPTS / f"{name}.py"),
        env={key: value for key, value in os.environ.items() if key not in hidden},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=_LINE_BYTES_MAX,
    )


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
        await process.wait()
