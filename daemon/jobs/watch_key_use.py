"""Lock accounts down on which others act more than is usual, and let revoked keys go."""

from daemon.context import Context
from daemon.execution import key_life
from patriot_app.core.domain.lockdowns import AlarmLimits, alarm_of_activity
from patriot_app.core.queries import key_activity


async def run(context: Context) -> None:
    """Look at the accounts of our shards."""
    await key_life.let_go(context)
    settings = context.settings
    limits = AlarmLimits(
        foreign_fills_max=settings.foreign_fills_max,
        money_out_fraction=settings.money_out_fraction,
    )
    found = await key_activity.unusual(context.lease.ready)
    for account_id, activity in found.items():
        alarm = alarm_of_activity(activity, limits)
        if alarm is not None:
            await key_life.lock_down(context, account_id, alarm)
