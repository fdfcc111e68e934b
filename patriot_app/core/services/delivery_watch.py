"""Whether messages still leave: who finds that a channel has stopped tells it by the others.

Every process that sends asks for all channels, so the bot tells of a mail server that is silent and
the notifier of a bot that is; the console shows a banner. Messages that wait for a night or a digest
do not count, nor a desk without a mail server, whose mail is given up at once, nor calls that an
endpoint refused or that wait for one that is paused: those are that endpoint's trouble.
"""

from datetime import timedelta

from sqlalchemy import text

from patriot_app.core.domain.events import DeliveryResumed, DeliveryStopped
from patriot_app.core.domain.mail_pacing import MAIL_AGE_MAX
from patriot_app.core.domain.notification_preferences import Outlet
from patriot_app.core.unit_of_work import UnitOfWork

STOPPED_AFTER = timedelta(minutes=5)

_STUCK = text(
    """
    SELECT count(*) AS waiting, min(n.created_at) AS since FROM notifications AS n
     WHERE n.channel = :channel AND n.sent_at IS NULL AND n.given_up_at IS NULL
       AND n.held_for NOT IN ('quiet', 'digest') AND n.created_at < :before
       AND n.created_at > :too_old
       AND (n.channel <> 'webhook' OR (n.attempts = 0 AND EXISTS (
            SELECT 1 FROM webhooks AS w WHERE w.id = n.webhook_id AND w.status = 'active')))
       AND NOT EXISTS (SELECT 1 FROM notifications AS s WHERE s.channel = :channel
                        AND s.sent_at > :before)
    """
)
_RAISE = text(
    "INSERT INTO delivery_alarms (channel, since) VALUES (:channel, :since)"
    " ON CONFLICT DO NOTHING RETURNING channel"
)
_END = text("DELETE FROM delivery_alarms WHERE channel = :channel RETURNING since")


async def look(uow: UnitOfWork) -> list[Outlet]:
    """Raise and end the alarms; return the channels that have stopped."""
    stopped = []
    for channel in (Outlet.TELEGRAM, Outlet.EMAIL, Outlet.WEBHOOK):
        found = await uow.session.execute(
            _STUCK,
            {
                "channel": channel.value,
                "before": uow.now - STOPPED_AFTER,
                "too_old": uow.now - MAIL_AGE_MAX,
            },
        )
        row = found.one()
        if row.waiting:
            stopped.append(channel)
            raised = {"channel": channel.value, "since": row.since}
            if (await uow.session.execute(_RAISE, raised)).one_or_none() is not None:
                uow.record(
                    DeliveryStopped(channel=channel.value, waiting=row.waiting, since=row.since)
                )
        elif (await uow.session.execute(_END, {"channel": channel.value})).one_or_none():
            uow.record(DeliveryResumed(channel=channel.value))
    return stopped
