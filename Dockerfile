# Two images of one checkout. The daemon's has no Reflex in it, the console's no exchange library.
# docker build --target web .   docker build --target daemon .

FROM python:3.11-slim-bookworm AS base
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PATH=/venv/bin:$PATH TZ=UTC
WORKDIR /app
RUN useradd --uid 1000 --no-create-home --home-dir /app patriot


FROM base AS daemon-packages
COPY requirements.daemon.lock ./
RUN python -m venv /venv \
 && pip install --no-cache-dir --no-deps --require-hashes -r requirements.daemon.lock


FROM base AS daemon
COPY --from=daemon-packages /venv /venv
COPY pyproject.toml ./
COPY alembic alembic
COPY ops/__init__.py ops/home.py ops/keys.py ops/migrations.py ops/roles.py ops/
COPY patriot_app/__init__.py patriot_app/
COPY patriot_app/core patriot_app/core
COPY daemon daemon
RUN install -d -o patriot /var/lib/paper /var/lib/anchors
USER patriot
EXPOSE 9101
CMD ["python", "-m", "daemon", "--role", "all"]


FROM base AS web-packages
COPY requirements.web.lock ./
RUN python -m venv /venv \
 && pip install --no-cache-dir --no-deps --require-hashes -r requirements.web.lock


FROM web-packages AS web-frontend
COPY requirements.lock rxconfig.py ./
COPY reflex.lock reflex.lock
COPY assets assets
COPY ops/__init__.py ops/frontend.py ops/home.py ops/
COPY patriot_app patriot_app
RUN python -m ops.frontend && mv "$(python -m ops.frontend | sed 's/.*: //')" /frontend


FROM base AS web
COPY --from=web-packages /venv /venv
COPY --from=web-frontend /frontend /frontend
ENV REFLEX_WEB_WORKDIR=/frontend REFLEX_TELEMETRY_ENABLED=false REFLEX_CHECK_LATEST_VERSION=false
COPY rxconfig.py ./
COPY assets assets
COPY ops/__init__.py ops/web_server.py ops/
COPY patriot_app patriot_app
USER patriot
EXPOSE 3000
CMD ["python", "-m", "ops.web_server", "--host", "0.0.0.0", "--port", "3000"]
