"""Long and short, as every page shows them."""

from patriot_app.web.theme import Tone

SIDES: dict[str, tuple[Tone, str]] = {"long": ("positive", "Long"), "short": ("negative", "Short")}
