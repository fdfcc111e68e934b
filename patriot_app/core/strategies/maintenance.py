"""What becomes of a strategy's positions before its exchange is closed: settings of every strategy."""

from patriot_app.core.domain.maintenance_exits import MaintenanceRule, PositionsAtMaintenance
from patriot_app.core.strategies.parameters import ParameterSpec, choice, decimal

MAINTENANCE_PARAMETERS: tuple[ParameterSpec, ...] = (
    choice(
        "at_maintenance",
        "Positions before maintenance",
        default=PositionsAtMaintenance.KEEP.value,
        choices=tuple(what.value for what in PositionsAtMaintenance),
        help="Of an exchange, planned: keep them with their stops, reduce or close them before.",
    ),
    decimal(
        "maintenance_part",
        "Part closed before maintenance",
        default=str(MaintenanceRule().part),
        minimum="0.05",
        maximum="0.95",
        step="0.05",
        help="Share of the position, where it is reduced; rounded down to the lot.",
    ),
)
