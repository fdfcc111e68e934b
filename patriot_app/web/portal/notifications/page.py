"""The notification centre of a client, and what one wants to hear."""

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.parts.notice_settings import NoticeSettingsState, settings_page
from patriot_app.web.parts.notices import notices_page
from patriot_app.web.parts.notices_state import TOPICS, NoticesState
from patriot_app.web.shell import portal_page


@portal_page(
    routes.MY_NOTIFICATIONS, title="Notifications", on_load=NoticesState.load, topics=TOPICS
)
def my_notifications_page() -> rx.Component:
    """Return the list."""
    return notices_page(NoticesState, settings_route=routes.MY_NOTIFICATION_SETTINGS)


@portal_page(
    routes.MY_NOTIFICATION_SETTINGS, title="What you hear", on_load=NoticeSettingsState.load
)
def my_notification_settings_page() -> rx.Component:
    """Return the settings."""
    return settings_page(back=routes.MY_NOTIFICATIONS)
