# One service: `docker build --file deploy/service.Dockerfile --build-arg SERVICE=scorecard .`
# The image holds shared/ and that service alone. The migration job, which knows all five, is the target `migration`.
ARG PYTHON=3.11-slim-bookworm

FROM python:${PYTHON} AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/isaf
COPY requirements-service.lock /tmp/
RUN /opt/isaf/bin/pip install --require-hashes --requirement /tmp/requirements-service.lock \
    && /opt/isaf/bin/python -m compileall -q /opt/isaf/lib

FROM python:${PYTHON} AS base
ENV PATH=/opt/isaf/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=131072 MALLOC_TRIM_THRESHOLD_=131072
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin isaf \
    && install -d -o isaf -m 0700 /files
WORKDIR /srv/isaf
COPY --from=packages /opt/isaf /opt/isaf
COPY shared shared
COPY services/__init__.py services/__init__.py
USER 10001:10001

FROM base AS migration
COPY services services
COPY deploy/__init__.py deploy/migrate.py deploy/
CMD ["python", "-m", "deploy.migrate"]

FROM base AS service
ARG SERVICE
RUN test -n "${SERVICE}" || { echo "Which service? --build-arg SERVICE=registry|scorecard|jaap|budget|notify"; exit 1; }
COPY services/${SERVICE} services/${SERVICE}
ENV ISAF_SERVICE=${SERVICE}
EXPOSE 8000
CMD ["sh", "-c", "exec python -m shared.serve \"$ISAF_SERVICE\""]
