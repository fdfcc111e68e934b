"""Empty the outbox: send what is due, note what was taken, try the rest again later.

A desk without a mail server is a normal desk. Its e-mail is given up with the reason as soon as it
is written, so that nothing piles up and nothing old goes out on the day a server is set.
"""

import logging
from datetime import timedelta

from daemon.email import MailServer, NotTaken
from patriot_app.core.clock import Clock
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.services import delivery_watch, notifications
from patriot_app.core.services.notifications import DueMail
from patriot_app.core.unit_of_work import begin

log = logging.getLogger(__name__)

EVERY_S = 5.0
WATCH_EVERY_S = 30.0
BATCH = 20
LEASE = timedelta(minutes=10)
"""Longer than a batch may take: twenty messages at fifteen seconds each."""
NOT_CONFIGURED = "No mail server is set (PATRIOT_SMTP_URL)"


class Notifier:
    """Sends the outbox's e-mail; several may run side by side."""

    def __init__(self, server: MailServer | None, *, clock: Clock) -> None:
        self._server = server
        self._clock = clock
        self._watched_at = -WATCH_EVERY_S

    async def run(self) -> None:
        """Send until cancelled; what fails is tried again."""
        while True:
            try:
                while await self.send_due() == BATCH:
                    continue
                await self.watch()
            except Exception:
                log.exception("notifying_failed")
            await self._clock.sleep(EVERY_S)

    async def watch(self) -> None:
        """Tell by other channels when one has stopped; every half a minute."""
        now = self._clock.monotonic()
        if now - self._watched_at < WATCH_EVERY_S:
            return
        self._watched_at = now
        async with begin(SYSTEM, clock=self._clock) as uow:
            await delivery_watch.look(uow)

    async def send_due(self) -> int:
        """Send one batch; return how many messages were taken from the outbox."""
        if self._server is None:
            async with begin(SYSTEM, clock=self._clock) as uow:
                await notifications.give_up_mail(uow, reason=NOT_CONFIGURED)
            return 0
        async with begin(SYSTEM, clock=self._clock) as uow:
            mails = await notifications.claim_mail(uow, count=BATCH, lease=LEASE)
        if mails:
            results = await self._server.send(mails)
            for mail, problem in zip(mails, results, strict=True):
                await self._note(mail, problem)
        return len(mails)

    async def _note(self, mail: DueMail, problem: NotTaken | None) -> None:
        async with begin(SYSTEM, clock=self._clock) as uow:
            if problem is None:
                await notifications.mark_sent(uow, mail.id)
                return
            await notifications.mark_failed(uow, mail, error=problem.why, is_final=problem.is_final)
        log.warning("mail_not_taken", extra={"error": problem.why})
