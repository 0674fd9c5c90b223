"""All settings, read once at the entry from `LAKE_*` environment variables and handed inward as values."""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from pipelines.errors import ConfigurationError

MEBIBYTE = 1024 * 1024


class Settings(BaseSettings):
    """Every setting with its unit in its name or docstring. `LAKE_URL` sets `url`, and so on."""

    model_config = SettingsConfigDict(
        env_prefix="LAKE_", frozen=True, use_attribute_docstrings=True, hide_input_in_errors=True
    )

    url: str = "lake"
    """Where the lake lives: a folder, `file:///path`, `s3://bucket/prefix`, `gs://...`, `az://...`, `memory:///`."""
    uploads_url: str = "uploads"
    """Where analysts drop files, in the same forms. Must lie outside the lake."""
    s3_endpoint_url: str | None = None
    """Another S3 server than AWS, such as `http://127.0.0.1:9000`."""
    s3_region: str | None = None
    """AWS region; else from the connection or the environment."""

    rules_url: str | None = None
    """Further rules beside include/rules/, in the same forms as `url`: `labels_*.yaml` and `suppliers/*.yaml`."""

    live_days: int = Field(3, ge=1, le=366)
    """The live flow looks at this many newest received days; older ones belong to replays and the sweep."""
    settle_seconds: float = Field(2.0, ge=0)
    """A file dropped into a folder is taken once it has not changed for this long."""
    max_document_mib: int = Field(100, ge=1)
    """Larger files are rejected."""
    max_pages: int = Field(2000, ge=1)
    """Documents with more pages are quarantined."""
    max_page_megapixels: int = Field(120, ge=1)
    """Larger images are not decoded."""
    ocr_languages: str = "pol+por+deu+eng"
    """Tesseract languages that reading may choose from, joined by `+`."""
    ocr_engine: str = "tesserocr"
    """`tesserocr` (in process), `pytesseract` (a process a page), or an entry point of group `invoice_lake.ocr`."""
    page_timeout_seconds: float = Field(120.0, gt=0)
    """A page that takes longer is given up; the other pages stand."""
    reader_memory_mib: int = Field(2048, ge=256)
    """Address space that the child which runs native code may use beyond its start."""

    batch_seconds: float = Field(25.0, gt=0)
    """Estimated work a mapped task holds."""
    at_once_seconds: float = Field(1.0, ge=0)
    """A plan of less estimated work is done by the task that planned it. A scanned page is never so little."""
    max_batches: int = Field(300, ge=1, le=1000)
    """Mapped tasks a run at most; the rest is left to the next run."""
    chunk_pages: int = Field(24, ge=1)
    """Scanned pages a chunk holds, where a large scan is read by several workers."""

    kafka_bootstrap_servers: str | None = None
    """Kafka brokers; unset: no events are sent."""
    kafka_group_id: str = Field("invoice-lake", min_length=1)
    """Consumer group of the trigger that wakes reading."""
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    kafka_sasl_mechanism: str | None = None
    kafka_sasl_username: str | None = None
    kafka_sasl_password: SecretStr | None = None
    kafka_ssl_ca_location: str | None = None
    kafka_ssl_certificate_location: str | None = None
    kafka_ssl_key_location: str | None = None
    kafka_ssl_key_password: SecretStr | None = None

    llm_base_url: str | None = None
    """An OpenAI-compatible endpoint, such as `http://127.0.0.1:11434/v1`; unset: no model is asked, nothing is sent."""
    llm_model: str | None = None
    """The model's name, as the endpoint knows it."""
    llm_api_key: SecretStr | None = None
    llm_images: bool = False
    """Send pictures of the pages too, for models that take images."""
    llm_redact: bool = True
    """Send no private e-mail addresses, telephone and account numbers, personal ids, or buyers' names and addresses."""
    llm_response_format: Literal["json_schema", "json_object", "none"] = "json_schema"
    """How the endpoint is told to answer in JSON: what it understands."""
    llm_timeout_seconds: float = Field(60.0, gt=0)
    """A question that takes longer is given up."""
    llm_max_pages: int = Field(6, ge=1)
    """Pages of a document that are sent at most: the first ones."""
    llm_max_output_tokens: int = Field(2000, ge=100)
    llm_daily_tokens: int = Field(1_000_000, ge=0)
    """Tokens that all workers together may spend a day (UTC)."""
    llm_daily_cost: float = Field(5.0, ge=0)
    """Money that all workers together may spend a day (UTC), in the currency of the prices."""
    llm_price_input: float = Field(0.0, ge=0)
    """Price of a million tokens sent; 0 where the model costs nothing."""
    llm_price_output: float = Field(0.0, ge=0)
    """Price of a million tokens answered."""

    @field_validator("url", "uploads_url", "rules_url")
    @classmethod
    def _as_url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if not value.strip():
            raise ValueError("must not be empty")
        return _without_password(as_url(value))

    @field_validator("s3_endpoint_url")
    @classmethod
    def _no_password(cls, value: str | None) -> str | None:
        return value and _without_password(value)


def as_url(place: str) -> str:
    """A folder as a `file://` URL; a URL as it is, without a slash at its end."""
    if "://" in place:
        return place.rstrip("/") if not place.endswith(":///") else place
    return Path(place).expanduser().absolute().as_uri()


def _without_password(url: str) -> str:
    """URLs stand in errors, logs and tables; a secret in one would, too."""
    if urlsplit(url).password is not None:
        raise ValueError("must hold no password; credentials come from AWS_* or LAKE_AWS_CONN_ID")
    return url


def load_settings() -> Settings:
    """Settings from the environment. Raises ConfigurationError naming each variable that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        # never the input: it may be a secret
        wrong = "; ".join(f"LAKE_{'_'.join(str(p) for p in e['loc']).upper()}: {e['msg']}" for e in error.errors())
        raise ConfigurationError(f"settings do not fit: {wrong}", remedy="Mend these environment variables.") from None
