"""The desk's own settings, from `LAKE_DESK_*`."""

from __future__ import annotations

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class DeskSettings(BaseSettings):
    """Every setting with its unit in its name or docstring. `LAKE_DESK_PORT` sets `port`, and so on."""

    model_config = SettingsConfigDict(
        env_prefix="LAKE_DESK_", frozen=True, use_attribute_docstrings=True, hide_input_in_errors=True
    )

    host: str = "127.0.0.1"
    """Address of the stand-alone server. Any other than loopback needs `tokens`."""
    port: int = Field(8090, ge=0, le=65535)
    """Port of the stand-alone server; 0 takes a free one."""
    tokens: SecretStr = SecretStr("")
    """`token:role:name` of each person, parted by commas; roles: viewer, user, op. Stand-alone server only."""
    origins: str = ""
    """Other origins that may change things, such as `https://desk.example.org`, parted by commas."""
    run: bool = False
    """Whether the stand-alone server also reads and parses what comes in; else Airflow does, elsewhere."""

    requests_a_minute: int = Field(1200, ge=1)
    """By one person; a burst of a tenth of it at once."""
    changes_a_minute: int = Field(240, ge=1)
    """Uploads and edits by one person; a burst of as many at once."""
    files_a_request: int = Field(100, ge=1)
    """Files in one upload."""
    request_mib: int = Field(512, ge=1)
    """Size of one upload with all of its files."""
    admissions: int = Field(2, ge=1)
    """Files taken into the lake at once; the others wait on disk."""
    watchers: int = Field(200, ge=1)
    """Live connections at once."""
