"""Documents and their ids.

A document is one file as it was received. Its id is `<received date>/<slug of the file name>-<first 16
hex of its SHA-256>`, for example `2026-11-20/faktura-styczen-3f2a9c1b77aa01de`: it sorts by day, can be
read by eye, and is the relative path of the document in every layer of the lake.
"""

from __future__ import annotations

import functools
import hashlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Self

from pydantic import AwareDatetime, BaseModel, ConfigDict

from pipelines.errors import InvalidKey

SLUG_LENGTH = 60
_ID = re.compile(r"(?P<day>\d{4}-\d{2}-\d{2})/(?P<slug>[a-z0-9]+(?:-[a-z0-9]+)*)-(?P<digest>[0-9a-f]{16})")
# Letters that Unicode does not decompose, though people read them as their base letter.
_UNDECOMPOSED = str.maketrans(
    {"ł": "l", "Ł": "l", "ß": "ss", "ø": "o", "Ø": "o", "đ": "d", "Đ": "d", "æ": "ae", "Æ": "ae"}
)

MEDIA_TYPES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "tif": "image/tiff",
    "gif": "image/gif",
    "webp": "image/webp",
    "xml": "application/xml",
}
"""Extension of the raw copy -> media type: every type that is read. Extensions are unique."""


def slugify(file_name: str) -> str:
    """The file name's stem in `[a-z0-9-]`, at most 60 characters, `document` where nothing is left."""
    stem = file_name.replace("\\", "/").rsplit("/", 1)[-1]
    stem = stem.rsplit(".", 1)[0] if "." in stem[1:] else stem
    plain = unicodedata.normalize("NFKD", stem.translate(_UNDECOMPOSED)).lower()
    words = re.findall(r"[a-z0-9]+", "".join(c for c in plain if not unicodedata.combining(c)))
    return "-".join(words)[:SLUG_LENGTH].strip("-") or "document"


@dataclass(frozen=True, slots=True, order=True)
class DocumentId:
    """One received file. `digest` is the first 16 hex digits of the SHA-256 of its bytes."""

    day: date
    slug: str
    digest: str

    @classmethod
    def make(cls, received: date, file_name: str, sha256: str) -> Self:
        return cls(received, slugify(file_name), sha256[:16])

    @staticmethod
    # one id stands in a key of every layer, and layers are read side by side
    @functools.lru_cache(maxsize=4096)
    def parse(text: str) -> DocumentId:
        """Raises InvalidKey for anything but a well-formed id."""
        match = _ID.fullmatch(text)
        if match is None or len(match["slug"]) > SLUG_LENGTH:
            raise InvalidKey(
                f"{text[:120]!r} is no document id", remedy="An id looks like 2026-11-20/name-0123456789abcdef."
            )
        try:
            return DocumentId(date.fromisoformat(match["day"]), match["slug"], match["digest"])
        except ValueError as error:
            raise InvalidKey(f"{text[:120]!r} holds no calendar date") from error

    @property
    def name(self) -> str:
        """The id without its day."""
        return f"{self.slug}-{self.digest}"

    def __str__(self) -> str:
        return f"{self.day.isoformat()}/{self.name}"


class DocumentRecord(BaseModel):
    """What is known of a document when it is admitted: `01_bronze/documents/<id>.json`, written once."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    sha256: str
    bytes: int
    media_type: str
    extension: str
    file_name: str
    """As dropped: the path under the uploads, any characters."""
    pages: int
    """0 for bare XML."""
    pages_with_text: int
    """Pages whose text layer looks usable at a first, cheap look: an estimate for planning, no promise."""
    uploader: str = ""
    source: str = "uploads"
    received_at: AwareDatetime
    uploaded_at: AwareDatetime | None = None
    """When the drop was last changed, where that is known."""
    duplicate_of: str | None = None
    """The id that holds the same bytes; this record then has no raw copy of its own."""

    @property
    def document_id(self) -> DocumentId:
        return DocumentId.parse(self.id)


class Tombstone(BaseModel):
    """In the place of the claim on bytes: they were forgotten, and stay out. Says nothing of what they were."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    forgotten_on: date


class Erasure(BaseModel):
    """What is being forgotten: `01_bronze/forgetting/<id>.json`, kept until nothing of it is left."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    documents: tuple[str, ...]
    """Every id under which the bytes were received."""
    sha256: str
    bytes: int
    points: tuple[str, ...]
    """Keys of metering points that learned from them."""


class MadeBy(BaseModel):
    """Which code and options made an output; what `stale` compares."""

    model_config = ConfigDict(frozen=True)

    step: str
    version: str
    options: str
    """Fingerprint of every option that can change the output."""


class Measured(BaseModel):
    """What a step took for a document: `01_bronze/measured/<step>/<id>.json`.

    Written just before an output that differs from what stood, and with none else: outputs stay a function of
    their inputs, and a rerun that changes nothing writes nothing.
    """

    model_config = ConfigDict(frozen=True)

    cpu_seconds: float
    pages: int | None = None
    """Pages that were read; None where the step counts none."""
    engines: tuple[str, ...] = ()
    """What read them, each once, sorted."""


class QuarantineRecord(BaseModel):
    """Why a step gave up on a document: `01_bronze/quarantine/<step>/<id>.json`."""

    model_config = ConfigDict(frozen=True)

    document: str
    step: str
    error: str
    """Class name in `pipelines.errors`."""
    message: str
    remedy: str
    attempts: int
    """Attempts that ended differently, or were made by other code: the same failure again writes nothing."""
    made_by: MadeBy
    at: AwareDatetime


class Rejection(BaseModel):
    """Why a dropped file is no document: `01_bronze/rejected/<date>/<name>.reason.json`."""

    model_config = ConfigDict(frozen=True)

    id: str
    file_name: str
    sha256: str
    bytes: int
    error: str
    """Class name in `pipelines.errors`."""
    message: str
    remedy: str
    at: AwareDatetime


def sha256_hex(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
