# One image, every service: the command says which. `docker build -t tocsin .`

FROM python:3.12-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /source
RUN python -m venv /opt/tocsin
COPY requirements/base.txt requirements/
RUN /opt/tocsin/bin/pip install --require-hashes -r requirements/base.txt
COPY pyproject.toml README.md LICENSE ./
COPY shared shared
COPY services services
COPY cli cli
RUN /opt/tocsin/bin/pip install --no-deps --no-build-isolation . \
    && /opt/tocsin/bin/pip uninstall --yes hatchling editables pip

FROM python:3.12-slim-bookworm
COPY --from=build /opt/tocsin /opt/tocsin
COPY policies /etc/tocsin/policies
# Nothing is written outside /tmp and the database: the file system may be read-only.
ENV PATH=/opt/tocsin/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    TOCSIN_LISTEN=0.0.0.0:8080 \
    TOCSIN_LOG=json \
    TOCSIN_POLICIES=/etc/tocsin/policies
WORKDIR /tmp
USER 10001:10001
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/health/ready', timeout=2)"]
CMD ["python", "-m", "services.intake"]
