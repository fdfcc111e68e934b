"""What can go wrong, and who must act.

PatriotError
 ├── Refused             we said no: a rule, a permission, a state; the person must change something
 │    └── IllegalTransition   a state machine has no such arrow
 ├── Invalid             input breaks a rule; carries the message per field
 ├── NotFound            no such thing, or not yours
 └── ExchangeError
      ├── ExchangeRejected     the exchange said no, and nothing happened (final)
      ├── ExchangeUnavailable  nothing was sent or a read failed (may be tried again)
      └── OutcomeUnknown       it may have happened: look it up by client order id, never send again
"""

from collections.abc import Mapping


class PatriotError(Exception):
    """The base of every error that an edge maps for a person."""


class Refused(PatriotError):
    """A rule of ours forbids it."""


class IllegalTransition(Refused):
    """A state machine has no arrow from the current to the wanted state."""


class Invalid(PatriotError):
    """Input breaks a rule.

    Args:
        fields: message per field name; the empty name is the form as a whole.
    """

    def __init__(self, fields: Mapping[str, str]) -> None:
        self.fields = dict(fields)
        super().__init__("; ".join(f"{name}: {text}" for name, text in self.fields.items()))


class NotFound(PatriotError):
    """There is no such thing, or the actor may not know of it."""


class ExchangeError(PatriotError):
    """An exchange did not do what was asked.

    Args:
        code: the exchange's own code as text ("-2019", "110007"), or "" if there was none.
    """

    def __init__(self, message: str, *, code: str = "") -> None:
        self.code = code
        super().__init__(message)


class ExchangeRejected(ExchangeError):
    """Definitely refused: nothing happened at the exchange."""


class ExchangeUnavailable(ExchangeError):
    """Not reachable, limited or broken; reading again later is safe."""


class OutcomeUnknown(ExchangeError):
    """A write may have taken effect: it must be looked up and never be sent again."""
