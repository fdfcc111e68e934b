"""Reflex's settings; ports and hosts come from the command line of whoever starts it."""

import os

import reflex as rx
from reflex.plugins import SitemapPlugin
from reflex_base.environment import environment

from patriot_app.api.bodies import FRAME_BYTES_MAX
from patriot_app.core.settings import get_settings

# A larger frame closes its socket; and no address of a foreign machine is taken from the environment.
environment.REFLEX_SOCKET_MAX_HTTP_BUFFER_SIZE.set(FRAME_BYTES_MAX)
os.environ.pop("GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN", None)

config = rx.Config(
    app_name="patriot_app",
    backend_host="127.0.0.1",
    api_url=get_settings().public_url,
    deploy_url=get_settings().public_url,
    # Socket connections from any other origin are refused.
    cors_allowed_origins=[get_settings().public_url],
    # One process; state holds only display strings and is rebuilt by the page's on_load.
    state_manager_mode="memory",
    trusted_proxy_hops=get_settings().trusted_proxy_hops,
    telemetry_enabled=False,
    show_built_with_reflex=False,
    frontend_compression_formats=["gzip"],
    disable_plugins=[SitemapPlugin],
)
