"""What an operator may publish, and what it does, in words."""

from patriot_app.core.domain.signals import SignalAction
from patriot_app.core.queries.deployments import DeploymentSummary
from patriot_app.core.queries.instruments import InstrumentSummary
from patriot_app.core.services.desk_orders import OwnSignal
from patriot_app.web import format
from patriot_app.web.kit import Choice
from patriot_app.web.parts.prices import shown_price

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
    if market.mark_price and signal.stop_loss is not None:
        distance = abs(market.mark_price - signal.stop_loss) / market.mark_price
        away = f", {format.rate(distance).text} % away"
    return (
        f"Opens {side} {signal.symbol} on {on} of {deployment.name} at market, about {price}. "
        f"The stop is {shown_price(signal.stop_loss)}{away}; each account's size follows from it."
    )
