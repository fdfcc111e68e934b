"""``/_paper``: the hand on the exchange, for people, the demo, tests and drills.

It knows no authentication and therefore answers the machine itself only.
"""

from daemon.paper_exchange.control.routes import PREFIX, control_routes, mount_control

__all__ = ["PREFIX", "control_routes", "mount_control"]
