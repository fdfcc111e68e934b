"""What a page says when something could not be read."""

import logging

from patriot_app.core.errors import PatriotError
from patriot_app.web.auth import incident_id

logger = logging.getLogger(__name__)


def words_for(error: Exception) -> str:
    """Return our own errors' text; of the rest an incident id, which the log has too."""
    if isinstance(error, PatriotError):
        return str(error)
    incident = incident_id()
    logger.exception("A page did not load", exc_info=error, extra={"incident": incident})
    return f"Something went wrong on our side. Incident {incident}"
