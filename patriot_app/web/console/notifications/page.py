"""The notification centre of the desk, and what one wants to hear."""

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.parts.notice_settings import NoticeSettingsState, settings_page
from patriot_app.web.parts.notices import notices_page
from patriot_app.web.parts.notices_state import TOPICS, NoticesState
from patriot_app.web.shell import console_page


@console_page(routes.NOTIFICATIONS, title="Notifications", on_load=NoticesState.load, topics=TOPICS)
def notifications_page() -> rx.Component:
    """Return the list."""
    return notices_page(NoticesState, settings_route=routes.NOTIFICATION_SETTINGS)


@console_page(routes.NOTIFICATION_SETTINGS, title="What you hear", on_load=NoticeSettingsState.load)
def notification_settings_page() -> rx.Component:
    """Return the settings."""
    return settings_page(back=routes.NOTIFICATIONS)
