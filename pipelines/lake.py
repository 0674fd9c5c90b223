"""One lake: its storage, its settings, and its objects by type.

What belongs here: loading and saving what the layout names, as models. What does not: deciding what to
do (steps) and answering questions (queries).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from pipelines.documents import DocumentId, DocumentRecord, Measured, QuarantineRecord, sha256_hex
from pipelines.errors import CorruptObject, InvalidKey, InvalidRecord
from pipelines.invoices import ParsedDocument
from pipelines.layout import (
    GOLD,
    SILVER,
    Key,
    MeasuredKey,
    PagesKey,
    ParsedKey,
    QuarantineKey,
    RawKey,
    RecordKey,
    TextKey,
    day_prefix,
    parse_key,
)
from pipelines.pages import PagesFile
from pipelines.settings import Settings
from pipelines.storage import Credentials, Entry, ObjectMissing, Storage, open_storage

ModelT = TypeVar("ModelT", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Lake:
    """The lake at `settings.url`."""

    settings: Settings
    storage: Storage
    credentials: Credentials

    @property
    def gold(self) -> Storage:
        """Keys relative to `03_gold/`."""
        return self.storage.below(GOLD)

    def table_uri(self, name: str) -> str:
        """Where the Delta table of this name lives."""
        return f"{self.storage.url.rstrip('/')}/{SILVER}/{name}"

    def storage_options(self) -> dict[str, str]:
        """Access to the lake's store for deltalake."""
        return self.storage.options()

    def day_keys(self, folder: str, day: date) -> Iterator[tuple[Key, Entry]]:
        """Every key of one received day of a folder; what is no key of the layout is passed over."""
        for entry in self.storage.list(day_prefix(folder, day)):
            try:
                yield parse_key(entry.key), entry
            except InvalidKey:
                continue

    def days(self, folder: str = RecordKey.folder) -> tuple[date, ...]:
        """Received days that a folder holds, oldest first."""
        return tuple(date.fromisoformat(name) for name in self.storage.folders(folder) if _is_day(name))

    def record(self, document: DocumentId) -> DocumentRecord:
        return self._load(RecordKey(document), DocumentRecord)

    def raw(self, record: DocumentRecord) -> bytes:
        """The document's bytes, proven against its recorded hash. Raises CorruptObject.

        Read a second time before giving up: a body can be damaged on its way.
        """
        key = str(RawKey(record.document_id, record.extension))
        for _ in range(2):
            data = self.storage.get(key)
            if sha256_hex(data) == record.sha256:
                return data
        remedy = "Restore the object from a backup; `audit` lists every such document."
        raise CorruptObject(f"{key} differs from its recorded SHA-256", document=record.id, remedy=remedy)

    def pages(self, document: DocumentId) -> PagesFile:
        return PagesFile.from_bytes(self.storage.get(str(PagesKey(document))))

    def text(self, document: DocumentId) -> str:
        return self.storage.get(str(TextKey(document))).decode()

    def parsed(self, document: DocumentId) -> ParsedDocument:
        return self._load(ParsedKey(document), ParsedDocument)

    def quarantined(self, step: str, document: DocumentId) -> QuarantineRecord:
        return self._load(QuarantineKey(step, document), QuarantineRecord)

    def measured(self, step: str, document: DocumentId) -> Measured | None:
        """What a step took for a document; None where it was not noted. Damaged notes count as none."""
        try:
            return self._load(MeasuredKey(step, document), Measured)
        except (ObjectMissing, InvalidRecord):
            return None

    def save(self, key: Key, model: BaseModel, before: Callable[[], None] | None = None) -> bool:
        """Write a model as JSON unless these bytes stand already, calling `before` first. Returns whether it wrote."""
        return self.storage.put_changed(str(key), to_json(model), before)

    def _load(self, key: Key, model: type[ModelT]) -> ModelT:
        try:
            return model.model_validate_json(self.storage.get(str(key)))
        except ValidationError as error:
            first = error.errors()[0]
            what = f"{key} no longer fits: {'.'.join(map(str, first['loc']))}: {first['msg']}"
            raise InvalidRecord(what, remedy="Make it anew: replay this day with mode all.") from error


def to_json(model: BaseModel) -> bytes:
    """Stable, readable JSON: the same model gives the same bytes."""
    return model.model_dump_json(indent=1).encode() + b"\n"


def open_lake(settings: Settings, boto3_session: object | None = None) -> Lake:
    """Open the lake of the settings; credentials from a boto3 session if one is handed in."""
    credentials = Credentials(settings.s3_endpoint_url, settings.s3_region)
    if boto3_session is not None:
        credentials = Credentials.from_boto3(boto3_session, settings.s3_endpoint_url, settings.s3_region)
    return Lake(settings, open_storage(settings.url, credentials), credentials)


def _is_day(name: str) -> bool:
    try:
        return date.fromisoformat(name).isoformat() == name
    except ValueError:
        return False
