# syntax=docker/dockerfile:1
# One image for every Airflow component and worker. Build: docker build -t invoice-lake .
ARG AIRFLOW_IMAGE=apache/airflow:slim-3.3.2-python3.12

# Packages from the lock, hashes checked, in a stage of their own: the code changes often, they do not.
FROM ${AIRFLOW_IMAGE} AS packages
COPY --chown=50000:0 requirements.txt /tmp/requirements.txt
RUN pip install --no-cache-dir --require-hashes --compile -r /tmp/requirements.txt

FROM ${AIRFLOW_IMAGE}
USER 0
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
# Debian's versions follow the base image, which the ARG pins
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        curl poppler-utils tesseract-ocr tesseract-ocr-pol tesseract-ocr-por tesseract-ocr-deu tesseract-ocr-eng \
    && rm -rf /var/lib/apt/lists/*
USER 50000
COPY --from=packages --chown=50000:0 /home/airflow/.local /home/airflow/.local
WORKDIR /opt/invoice-lake
COPY --chown=50000:0 pipelines ./pipelines
COPY --chown=50000:0 dags ./dags
COPY --chown=50000:0 plugins ./plugins
COPY --chown=50000:0 include ./include
# Compiled here, since the root is read-only where it runs
RUN python -m compileall -q /opt/invoice-lake
ENV PYTHONPATH=/opt/invoice-lake:/opt/invoice-lake/plugins \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/invoice-lake/dags \
    AIRFLOW__CORE__PLUGINS_FOLDER=/opt/invoice-lake/plugins \
    AIRFLOW__CORE__LOAD_EXAMPLES=False \
    OMP_THREAD_LIMIT=1
