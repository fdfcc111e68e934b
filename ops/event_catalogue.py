"""Write docs/events.md: every kind of event, its version and its fields.

`python -m ops.event_catalogue`
"""

from ops.home import CHECKOUT
from patriot_app.core.domain.events import schemas

PAGE = CHECKOUT / "docs" / "events.md"
HEAD = """\
# The events of the record

Every kind of fact that a desk records, made from the code by `python -m ops.event_catalogue`. An event also bears its stream and number, the object it is about, time, author, surface, session, address and request. Times and numbers are text, so that they keep every digit. A kind whose fields change gets a new version; `patriot replay` reads all versions.
"""


def rendered() -> str:
    """Return the page."""
    parts = [HEAD]
    described = schemas.described()
    for area in schemas.AREAS:
        parts.append(f"\n## {area.capitalize()}\n\n| kind | version | fields |\n|---|---|---|\n")
        for kind, told in described.items():
            if told["area"] == area:
                fields = ", ".join(f"{name}: {what}" for name, what in told["fields"].items())
                parts.append(f"| {kind} | {told['version']} | {fields or '–'} |\n")
    return "".join(parts)


if __name__ == "__main__":
    PAGE.write_text(rendered())
