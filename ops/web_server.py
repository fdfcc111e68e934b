"""Serve the console and its API from the built frontend, without building anything.

`python -m ops.web_server --host 127.0.0.1 --port 3000`. This is Reflex's own production server
(`reflex run --env prod --single-port`) minus the build, which `ops.frontend` has done.
"""

import argparse
import asyncio

from patriot_app.core.db.engine import create_engine
from patriot_app.core.db.sessions import use_engine
from patriot_app.core.errors import Refused
from patriot_app.core.queries import second_factors
from patriot_app.core.settings import get_settings


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(description="Serve the console from the built frontend.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=3000)
    options = parser.parse_args()

    asyncio.run(_check())

    from reflex.utils.exec import run_backend_prod
    from reflex_base.config import get_config
    from reflex_base.constants import Env, LogLevel
    from reflex_base.environment import environment

    environment.REFLEX_ENV_MODE.set(Env.PROD)
    environment.REFLEX_SKIP_COMPILE.set(True)
    environment_ports = {"frontend_port": options.port, "backend_port": options.port}
    get_config()._set_persistent(**environment_ports)  # type: ignore[no-untyped-call]
    run_backend_prod(options.host, options.port, LogLevel.INFO, True)


async def _check() -> None:
    """Refuse to serve what must not be served as it is set up."""
    settings = get_settings()
    if not settings.database_url:
        return
    engine = create_engine(settings.database_url, process_name="patriot web", pool_size=1)
    use_engine(engine)
    try:
        await second_factors.check_real_money()
    except Refused as error:
        raise SystemExit(f"The console does not start: {error}") from error
    finally:
        use_engine(None)
        await engine.dispose()


if __name__ == "__main__":
    main()
