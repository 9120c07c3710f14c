# One image for web, sender and worker. Every dependency is a wheel: no compiler is needed.
# The client programs of PostgreSQL serve `manage.py backup` and `restore`; they must not be older than the server.
FROM python:3.11-slim-bookworm

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1

RUN apt-get update \
    && apt-get install -y --no-install-recommends postgresql-client fonts-dejavu-core \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --create-home smartbill \
    && mkdir -p /data && chown smartbill:smartbill /data

WORKDIR /app
COPY requirements.txt ./
RUN pip install --only-binary :all: -r requirements.txt

COPY manage.py gunicorn.conf.py pyproject.toml ./
COPY accounts accounts
COPY contingency contingency
COPY documents documents
COPY hacienda hacienda
COPY smartbill smartbill
COPY locale locale
COPY static static
COPY templates templates
RUN python -m compileall -q .

ARG BUILD=""
ENV BUILD=${BUILD} PRODUCTION=true DATA_DIR=/data HOST=0.0.0.0 PORT=8000 LOG_FORMAT=json

USER smartbill
EXPOSE 8000
# Of the web process; sender and worker are told by their heartbeats (GET /ready).
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/health', timeout=4)"]
CMD ["gunicorn", "--config", "gunicorn.conf.py", "smartbill.wsgi"]
