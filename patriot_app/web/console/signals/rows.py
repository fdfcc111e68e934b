"""What an operator may publish, and what it does, in words."""

from patriot_app.core.domain.entries import RESTING
from patriot_app.core.domain.signals import SignalAction
from patriot_app.core.queries.deployments import DeploymentSummary
from patriot_app.core.queries.instruments import InstrumentSummary
from patriot_app.core.services.own_signals import OwnSignal
from patriot_app.web import format
from patriot_app.web.kit import Choice
from patriot_app.web.parts.prices import shown_price

_OF_ENTRY = {"entry_type", "time_in_force", "expires_at"}
OPERATORS_KIND = "operator_signal"


def publishable(deployment: DeploymentSummary) -> list[Choice]:
    """Return what an operator may publish to: one choice per symbol of his own deployments."""
    if deployment.kind != OPERATORS_KIND or deployment.status != "running":
        return []
    on = format.plural(deployment.accounts, "account")
    return [
        Choice(value=f"{deployment.id}|{symbol}", label=f"{deployment.name}: {symbol}, {on}")
        for symbol in deployment.symbols
    ]


def form_fields(problems: dict[str, str]) -> dict[str, str]:
    """Return problems by the fields of the form, which asks for type and time in force at once."""
    return {"entry" if name in _OF_ENTRY else name: text for name, text in problems.items()}


def published_text(symbol: str, count: int) -> str:
    """Say that a signal was asked for; of which instrument, where there are several."""
    return "Signal published" if count == 1 else f"Signal published: {symbol}"


def refused_text(symbol: str, problems: dict[str, str]) -> str:
    """Say which signal of a batch was not asked for, and why."""
    return f"{symbol} was not published: {'; '.join(problems.values())}"


def publish_text(
    deployment: DeploymentSummary, signal: OwnSignal, market: InstrumentSummary
) -> str:
    """Say what publishing a signal does."""
    on = format.plural(deployment.accounts, "account")
    price = shown_price(market.mark_price)
    if signal.action is SignalAction.CLOSE:
        return f"Closes {signal.symbol} at market on {on} of {deployment.name}; mark price {price}."
    side = "long" if signal.action is SignalAction.OPEN_LONG else "short"
    away = ""
    enters_at = signal.entry_price or signal.trigger_price or market.mark_price
    if enters_at and signal.stop_loss is not None:
        distance = abs(enters_at - signal.stop_loss) / enters_at
        away = f", {format.rate(distance).text} % away"
    return (
        f"Opens {side} {signal.symbol} on {on} of {deployment.name} {_entry_text(signal, price)}. "
        f"The stop is {shown_price(signal.stop_loss)}{away}; each account's size follows from it."
    )


def _entry_text(signal: OwnSignal, price: str) -> str:
    """Say how a signal enters."""
    if signal.trigger_price is not None:
        at = "at market"
        if signal.entry_price is not None:
            at = f"at {shown_price(signal.entry_price)} or better"
        when = f"once {shown_price(signal.trigger_price)} is passed, with the mark price at {price}"
        return f"{at} {when}; {_until(signal)}"
    if signal.entry_price is None or signal.time_in_force is None:
        return f"at market, about {price}"
    limit = f"at {shown_price(signal.entry_price)} or better, with the mark price at {price}"
    if signal.time_in_force not in RESTING:
        return f"{limit}; what does not fill at once ends"
    return f"{limit}; {_until(signal)}"


def _until(signal: OwnSignal) -> str:
    life = signal.life_minutes
    when = "at the next four-hour boundary" if life is None else f"when {life} minutes have passed"
    return f"what has not filled is taken back {when}"
