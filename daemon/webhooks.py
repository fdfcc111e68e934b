"""Call the desk's programs: signed, at public addresses only, never led on to another one.

The name of an endpoint is resolved once for each call, all that it leads to is looked at, and the
call goes to just that address: a name that changes its mind between the look and the call gains
nothing. The answer is read no further than its status.
"""

import asyncio
import logging
import socket
import ssl
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import (
    ClientError,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
    abc,
)

from patriot_app.core.clock import Clock
from patriot_app.core.domain.egress_guard import is_public
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.webhooks import EVENT_ID, GONE, SIGNATURE, TAKEN, TIMESTAMP, sign
from patriot_app.core.errors import Refused
from patriot_app.core.sealing import unpack, unseal
from patriot_app.core.services import webhook_outbox
from patriot_app.core.services.webhook_outbox import DueCall
from patriot_app.core.services.webhooks import sealing_context
from patriot_app.core.settings import Settings, read_key
from patriot_app.core.unit_of_work import begin

log = logging.getLogger(__name__)

EVERY_S = 2.0
BATCH = 20
LEASE = timedelta(minutes=1)
"""Longer than a batch may take: its calls are made side by side."""
TIMEOUT_S = 10.0
CONNECT_S = 5.0
HEADER_BYTES_MAX = 8_190
NO_KEY = "No key for webhooks is set (PATRIOT_WEBHOOK_KEY_FILE)"
DOES_NOT_OPEN = "Its secret does not open: give it a new one"


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a call.

    Attributes:
        is_gone: the endpoint says that it will never take anything again.
    """

    result: str
    is_taken: bool = False
    is_gone: bool = False


class GuardedResolver(abc.AbstractResolver):
    """Resolves to public addresses or not at all.

    Args:
        may_loop_back: this machine is fine, too.
    """

    def __init__(self, *, may_loop_back: bool) -> None:
        self._may_loop_back = may_loop_back

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[abc.ResolveResult]:
        """Return the first address of a name, if all of them may be called.

        Raises:
            Refused: one of them may not; OSError: it has none.
        """
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)
        addresses = [(kind, str(where[0])) for kind, _, _, _, where in found]
        for _, address in addresses:
            need_public(address, may_loop_back=self._may_loop_back)
        kind, address = addresses[0]
        return [
            abc.ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=kind,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
        ]

    async def close(self) -> None:
        """Do nothing: there is nothing to close."""


def need_public(address: str, *, may_loop_back: bool) -> None:
    """Refuse an address that must not be called.

    Raises:
        Refused: it is not a public one.
    """
    found = ip_address(address.partition("%")[0])
    if not (is_public(found) or (may_loop_back and found.is_loopback)):
        raise Refused("Its name leads to an address that is not public")


class Webhooks:
    """Makes the calls that wait; several may run side by side.

    Args:
        private_key: opens the endpoints' secrets; None: no call can be signed, so none waits.
        may_loop_back: http and this machine are fine, too.
    """

    def __init__(
        self,
        private_key: bytes | None,
        *,
        clock: Clock,
        may_loop_back: bool = False,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._private_key = private_key
        self._clock = clock
        self._may_loop_back = may_loop_back
        self._timeout_s = timeout_s
        self._context = ssl.create_default_context()

    async def run(self) -> None:
        """Call until cancelled; what fails is tried again."""
        while True:
            try:
                while await self.send_due() == BATCH:
                    continue
            except Exception:
                log.exception("webhooks_failed")
            await self._clock.sleep(EVERY_S)

    async def send_due(self) -> int:
        """Make one batch of calls; return how many were taken from the outbox."""
        if self._private_key is None:
            async with begin(SYSTEM, clock=self._clock) as uow:
                await webhook_outbox.give_up_all(uow, reason=NO_KEY)
            return 0
        async with begin(SYSTEM, clock=self._clock) as uow:
            calls = await webhook_outbox.claim(uow, count=BATCH, lease=LEASE)
        if calls:
            async with self._session() as session:
                answers = await asyncio.gather(*(self._call(session, call) for call in calls))
            for call, answer in zip(calls, answers, strict=True):
                await self._note(call, answer)
        return len(calls)

    def _session(self) -> ClientSession:
        connector = TCPConnector(
            resolver=GuardedResolver(may_loop_back=self._may_loop_back),
            use_dns_cache=False,
            ssl=self._context,
            force_close=True,
            limit=BATCH,
        )
        return ClientSession(
            connector=connector,
            timeout=ClientTimeout(total=self._timeout_s, connect=CONNECT_S),
            cookie_jar=DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            max_line_size=HEADER_BYTES_MAX,
            max_field_size=HEADER_BYTES_MAX,
        )

    async def _call(self, session: ClientSession, call: DueCall) -> Answer:
        assert self._private_key is not None
        try:
            self._need_safe(call.url)
        except Refused as error:
            return Answer(str(error))
        try:
            box = unpack(call.secret)
            secret = unseal(self._private_key, box, context=sealing_context(call.webhook_id))
        except (Refused, ValueError):
            return Answer(DOES_NOT_OPEN)
        timestamp = str(int(self._clock.now().timestamp()))
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "PATRIOT",
            EVENT_ID: str(call.event_id),
            TIMESTAMP: timestamp,
            SIGNATURE: sign(secret.reveal(), timestamp=timestamp, body=call.body),
        }
        return await self._post(session, call, headers)

    async def _post(self, session: ClientSession, call: DueCall, headers: dict[str, str]) -> Answer:
        try:
            async with session.post(
                call.url, data=call.body.encode(), headers=headers, allow_redirects=False
            ) as response:
                status = response.status
                return Answer(f"HTTP {status}", is_taken=status in TAKEN, is_gone=status == GONE)
        except Refused as error:
            return Answer(str(error))
        except TimeoutError:
            return Answer(f"No answer within {self._timeout_s:.0f} s")
        except (ClientError, OSError, ValueError) as error:
            return Answer(f"Cannot be reached ({type(error).__name__})")

    def _need_safe(self, url: str) -> None:
        """Look at what no resolver sees: the scheme, and an address in place of a name.

        Raises:
            Refused: it must not be called.
        """
        parts = urlsplit(url)
        if parts.scheme != "https" and not self._may_loop_back:
            raise Refused("Only https leads to the public network")
        try:
            ip_address(parts.hostname or "")
        except ValueError:
            return
        need_public(parts.hostname or "", may_loop_back=self._may_loop_back)

    async def _note(self, call: DueCall, answer: Answer) -> None:
        async with begin(SYSTEM, clock=self._clock) as uow:
            if answer.is_taken:
                await webhook_outbox.mark_taken(uow, call, result=answer.result)
                return
            await webhook_outbox.mark_failed(
                uow, call, result=answer.result, is_gone=answer.is_gone
            )
        log.warning("webhook_not_taken", extra={"error": answer.result})


def open_webhooks(settings: Settings, *, clock: Clock) -> Webhooks:
    """Return the caller of the desk's programs.

    Raises:
        Refused: the key file is there and cannot be read, or others may read it.
    """
    path = settings.webhook_key_file
    key = None if path is None else read_key(path, name="PATRIOT_WEBHOOK_KEY_FILE")
    return Webhooks(key, clock=clock, may_loop_back=settings.may_webhooks_loop_back)
