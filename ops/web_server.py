"""Serve the console and its API from the built frontend, without building anything.

`python -m ops.web_server --host 127.0.0.1 --port 3000`. This is Reflex's own production server
(`reflex run --env prod --single-port`) minus the build, which `ops.frontend` has done.
"""

import argparse


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(description="Serve the console from the built frontend.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=3000)
    options = parser.parse_args()

    from reflex.utils.exec import run_backend_prod
    from reflex_base.config import get_config
    from reflex_base.constants import Env, LogLevel
    from reflex_base.environment import environment

    environment.REFLEX_ENV_MODE.set(Env.PROD)
    environment.REFLEX_SKIP_COMPILE.set(True)
    environment_ports = {"frontend_port": options.port, "backend_port": options.port}
    get_config()._set_persistent(**environment_ports)  # type: ignore[no-untyped-call]
    run_backend_prod(options.host, options.port, LogLevel.INFO, True)


if __name__ == "__main__":
    main()
