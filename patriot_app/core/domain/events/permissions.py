"""Who was refused what."""

from dataclasses import dataclass

from patriot_app.core.domain.events.base import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRefused(Event):
    """Somebody tried what he may not.

    Attributes:
        what: handler, route or service.
        objects: ids that came with it.
        left_out: further attempts since the last one that was written down.
    """

    what: str
    why: str
    objects: tuple[str, ...]
    left_out: int

    @property
    def stream(self) -> str:
        return "refusals"
