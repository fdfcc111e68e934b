"""People, their sessions, and the agreements with them."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from patriot_app.core.domain.events.base import ClientEvent, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRegistered(ClientEvent):
    email: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UserStatusChanged(ClientEvent):
    previous: str
    status: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskProfileChanged(ClientEvent):
    risk_profile: str
    risk_profile_before: str
    justification: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskProfileWished(ClientEvent):
    """A client asked the desk for another risk profile."""

    profile: str
    justification: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OffBoardingAdvanced(ClientEvent):
    """A client's way out came one step further, or was given up."""

    off_boarding_id: UUID
    step: str
    step_before: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientNoteAdded(ClientEvent):
    """The desk noted something about a client; the text is the desk's own."""

    note_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationSent(Event):
    """A person was asked to register; its link is in no record."""

    email: str
    name: str
    expires_at: datetime
    is_again: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationRevoked(Event):
    email: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationUsed(ClientEvent):
    """The invited person has registered and awaits approval."""

    invitation_id: UUID
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationCodeIssued(Event):
    """A one-time code for a chat was made for an invitation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsAgreed(ClientEvent):
    """A customer agreed to the desk's terms, of exactly this version."""

    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn(ClientEvent):
    ip: str
    user_agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInFailed(Event):
    email: str
    ip: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedOut(ClientEvent):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsEnded(ClientEvent):
    """A person was put out of several browsers at once."""

    count: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDeviceSeen(ClientEvent):
    """A person came in with a browser that is new in name and in place."""

    device: str
    ip: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedInAfterFailures(ClientEvent):
    failures: int
    ip: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactorLocked(ClientEvent):
    """Several wrong codes came with the right password: somebody may know it."""

    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyCreated(ClientEvent):
    """A person made a key for a program of his."""

    prefix: str
    name: str
    scopes: tuple[str, ...]
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyRevoked(ClientEvent):
    prefix: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokensIssued(ClientEvent):
    """A person signed a program in."""

    ip: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenFamilyEnded(ClientEvent):
    """All tokens that descend from one sign-in of a program are void."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshTokenReused(ClientEvent):
    """A refresh token came a second time, so it is in two hands; its whole family ended."""

    ip: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChanged(ClientEvent):
    """A person has a new password; all his sessions and tokens ended with the old one.

    Attributes:
        way: "own" or "link".
    """

    way: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordLinkSent(ClientEvent):
    """A link to set a new password was made; whoever has it still needs the second factor.

    Attributes:
        way: "e-mail", asked for by somebody at the sign-in page, or "desk".
        reason: that the desk gave.
    """

    schema_version: ClassVar[int] = 2
    way: str
    ip: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserEmailChangeAsked(ClientEvent):
    """A person wants another address; it is his once he has confirmed it. Masked."""

    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UserEmailChanged(ClientEvent):
    """A person has another address to sign in with; both are masked.

    Attributes:
        reason: that the desk gave where it confirmed the address; "" where the link did.
    """

    schema_version: ClassVar[int] = 2

    email: str
    email_before: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SteppedUp(ClientEvent):
    """A signed-in person proved again who he is."""

    ip: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactorChanged(ClientEvent):
    is_enrolled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryCodesRenewed(ClientEvent):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryCodeUsed(ClientEvent):
    """Somebody came in with a recovery code in place of his app's."""
