"""Where everything stands in the lake: keys as values that format and parse themselves.

    01_bronze/by_content/<sha256>                     the record that owns these bytes (claim, create-only), or a
                                                      tombstone: they were forgotten
    01_bronze/forgetting/<id>.json                    what is being forgotten, until nothing of it is left
    01_bronze/documents/<id>.json                     what was received (create-only)
    01_bronze/raw_faktury/<id>.<ext>                  the bytes, untouched (create-only)
    01_bronze/ocr_chunks/<id>/<first>-<last>.json.gz  page ranges of a large document, read in parallel
    01_bronze/ocr_faktury/<id>.pages.json.gz          words with boxes
    01_bronze/ocr_faktury/<id>.txt                    the text; its existence says that reading is done
    01_bronze/parsed_invoices/<id>.json               fields with evidence and proofs
    01_bronze/model_answers/<id>/<digest>.json        what a language model said of these pages (create-only)
    01_bronze/model_spend/<utc day>/<number>.json     tokens and money set aside for one question (create-only)
    01_bronze/edits/<id>/<utc time>.json              what a person changed (create-only)
    01_bronze/measured/<step>/<id>.json               what a step took; says nothing of what it found
    01_bronze/regression_cases/<id>.json              fields that a person set, and their truth
    01_bronze/held_layouts/<layout>.json              layouts whose documents wait for a person, and why
    01_bronze/quarantine/<step>/<id>.json             why a step gave up
    01_bronze/outbox/<topic>/<id>.<nonce>.json        an event that no broker has confirmed yet
    01_bronze/trail/<date>/<utc time>.<nonce>.jsonl   who looked at what in the Invoice Desk (create-only)
    01_bronze/rejected/<date>/<name>                  dropped files that are no documents (create-only)
    01_bronze/rejected/<date>/<name>.reason.json      and why
    02_silver/<table>/                                Delta tables
    03_gold/<table>/                                  plain Parquet

`<id>` is `<received date>/<slug>-<digest>`, so a received day is one prefix under every layer. Pure: no
storage here. `parse_key(str(key)) == key` for every key.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import ClassVar

from pipelines.documents import MEDIA_TYPES, DocumentId
from pipelines.errors import InvalidKey

BRONZE, SILVER, GOLD = "01_bronze", "02_silver", "03_gold"
STEPS = ("ocr", "parse", "silver")
"""Steps that can quarantine a document."""

MEASURED = ("ocr", "parse")
"""Steps that note what a document took."""

_TIME = "%Y-%m-%dT%H-%M-%S.%fZ"


@dataclass(frozen=True, slots=True)
class ContentKey:
    sha256: str
    folder: ClassVar[str] = f"{BRONZE}/by_content"

    def __str__(self) -> str:
        return f"{self.folder}/{self.sha256}"


@dataclass(frozen=True, slots=True)
class ForgettingKey:
    document: DocumentId
    folder: ClassVar[str] = f"{BRONZE}/forgetting"

    def __str__(self) -> str:
        return f"{self.folder}/{self.document}.json"


@dataclass(frozen=True, slots=True)
class RecordKey:
    document: DocumentId
    folder: ClassVar[str] = f"{BRONZE}/documents"

    def __str__(self) -> str:
        return f"{self.folder}/{self.document}.json"


@dataclass(frozen=True, slots=True)
class RawKey:
    document: DocumentId
    extension: str
    folder: ClassVar[str] = f"{BRONZE}/raw_faktury"

    def __str__(self) -> str:
        return f"{self.folder}/{self.document}.{self.extension}"


@dataclass(frozen=True, slots=True)
class ChunkKey:
    """Pages `first` to `last`, 1-based, both included."""

    document: DocumentId
    first: int
    last: int
    folder: ClassVar[str] = f"{BRONZE}/ocr_chunks"

    def __str__(self) -> str:
        return f"{self.folder}/{self.document}/{self.first:05d}-{self.last:05d}.json.gz"


@dataclass(frozen=True, slots=True)
class PagesKey:
    document: DocumentId
    folder: ClassVar[str] = f"{BRONZE}/ocr_faktury"

    def __str__(self) -> str:
        return f"{self.folder}/{self.document}.pages.json.gz"


@dataclass(frozen=True, slots=True)
class TextKey:
    document: DocumentId
    folder: ClassVar[str] = f"{BRONZE}/ocr_faktury"

    def __str__(self) -> str:
        return f"{self.folder}/{self.document}.txt"


@dataclass(frozen=True, slots=True)
class ParsedKey:
    document: DocumentId
    folder: ClassVar[str] = f"{BRONZE}/parsed_invoices"

    def __str__(self) -> str:
        return f"{self.folder}/{self.document}.json"


@dataclass(frozen=True, slots=True)
class AnswerKey:
    """`digest` is 32 hex digits over page content, model and prompt version."""

    document: DocumentId
    digest: str
    folder: ClassVar[str] = f"{BRONZE}/model_answers"

    def __str__(self) -> str:
        return f"{self.folder}/{self.document}/{self.digest}.json"


@dataclass(frozen=True, slots=True)
class SpendKey:
    """One question's place in the day's row of questions; `number` counts from 1 without gaps."""

    day: date
    number: int
    folder: ClassVar[str] = f"{BRONZE}/model_spend"

    def __str__(self) -> str:
        return f"{self.folder}/{self.day.isoformat()}/{self.number:06d}.json"


@dataclass(frozen=True, slots=True)
class SettledKey:
    """What a question came to, in its name, so that a listing tells a day's spending. `cost` is in millionths."""

    day: date
    number: int
    tokens: int
    cost: int
    folder: ClassVar[str] = SpendKey.folder

    def __str__(self) -> str:
        return f"{self.folder}/{self.day.isoformat()}/{self.number:06d}.settled-{self.tokens}-{self.cost}.json"


@dataclass(frozen=True, slots=True)
class EditKey:
    """`at` is in UTC, to the microsecond."""

    document: DocumentId
    at: datetime
    folder: ClassVar[str] = f"{BRONZE}/edits"

    def __str__(self) -> str:
        return f"{self.folder}/{self.document}/{self.at.astimezone(UTC).strftime(_TIME)}.json"


@dataclass(frozen=True, slots=True)
class MeasuredKey:
    step: str
    document: DocumentId
    folder: ClassVar[str] = f"{BRONZE}/measured"

    def __str__(self) -> str:
        return f"{self.folder}/{self.step}/{self.document}.json"


@dataclass(frozen=True, slots=True)
class CasesKey:
    document: DocumentId
    folder: ClassVar[str] = f"{BRONZE}/regression_cases"

    def __str__(self) -> str:
        return f"{self.folder}/{self.document}.json"


@dataclass(frozen=True, slots=True)
class HeldKey:
    """`layout` is a fingerprint of 12 hex digits."""

    layout: str
    folder: ClassVar[str] = f"{BRONZE}/held_layouts"

    def __str__(self) -> str:
        return f"{self.folder}/{self.layout}.json"


@dataclass(frozen=True, slots=True)
class QuarantineKey:
    step: str
    document: DocumentId
    folder: ClassVar[str] = f"{BRONZE}/quarantine"

    def __str__(self) -> str:
        return f"{self.folder}/{self.step}/{self.document}.json"


@dataclass(frozen=True, slots=True)
class OutboxKey:
    """`nonce` is 16 hex digits: one document can have several events of a topic under way."""

    topic: str
    document: DocumentId
    nonce: str
    folder: ClassVar[str] = f"{BRONZE}/outbox"

    def __str__(self) -> str:
        return f"{self.folder}/{self.topic}/{self.document}.{self.nonce}.json"


@dataclass(frozen=True, slots=True)
class RejectedKey:
    """`name` is `<slug>-<digest>` of the dropped file, never the name as it was dropped."""

    document: DocumentId
    folder: ClassVar[str] = f"{BRONZE}/rejected"

    def __str__(self) -> str:
        return f"{self.folder}/{self.document}"

    @property
    def reason(self) -> RejectedReasonKey:
        return RejectedReasonKey(self.document)


@dataclass(frozen=True, slots=True)
class RejectedReasonKey:
    document: DocumentId
    folder: ClassVar[str] = f"{BRONZE}/rejected"

    def __str__(self) -> str:
        return f"{self.folder}/{self.document}.reason.json"


@dataclass(frozen=True, slots=True)
class TrailKey:
    """What people looked at, in batches. `at` is in UTC, to the microsecond; `nonce` is 16 hex digits."""

    at: datetime
    nonce: str
    folder: ClassVar[str] = f"{BRONZE}/trail"

    def __str__(self) -> str:
        at = self.at.astimezone(UTC)
        return f"{self.folder}/{at:%Y-%m-%d}/{at.strftime(_TIME)}.{self.nonce}.jsonl"


Key = (
    ContentKey
    | ForgettingKey
    | RecordKey
    | RawKey
    | ChunkKey
    | PagesKey
    | TextKey
    | ParsedKey
    | AnswerKey
    | SpendKey
    | SettledKey
    | EditKey
    | CasesKey
    | HeldKey
    | MeasuredKey
    | QuarantineKey
    | OutboxKey
    | RejectedKey
    | RejectedReasonKey
    | TrailKey
)

_Suffixed = type[ForgettingKey | RecordKey | PagesKey | TextKey | ParsedKey | RejectedReasonKey]
_SUFFIXED: tuple[tuple[_Suffixed, str, str], ...] = (
    (ForgettingKey, f"{ForgettingKey.folder}/", ".json"),
    (RecordKey, f"{RecordKey.folder}/", ".json"),
    (PagesKey, f"{PagesKey.folder}/", ".pages.json.gz"),
    (TextKey, f"{TextKey.folder}/", ".txt"),
    (ParsedKey, f"{ParsedKey.folder}/", ".json"),
    (RejectedReasonKey, f"{RejectedReasonKey.folder}/", ".reason.json"),
)

ORIGINALS = (
    RawKey.folder,
    ContentKey.folder,
    EditKey.folder,
    RejectedKey.folder,
    TrailKey.folder,
    RecordKey.folder,
)
"""Folders of what cannot be made again; records last, since each says that its bytes stand."""


def parse_key(text: str) -> Key:
    """The key that formats as `text`. Raises InvalidKey where there is none."""
    for kind, prefix, suffix in _SUFFIXED:
        if text.startswith(prefix) and text.endswith(suffix):
            return kind(DocumentId.parse(text[len(prefix) : -len(suffix)]))
    first, _, below = text.partition("/")
    second, _, rest = below.partition("/")
    folder = f"{first}/{second}"
    if folder == ContentKey.folder and re.fullmatch(r"[0-9a-f]{64}", rest):
        return ContentKey(rest)
    if folder == RawKey.folder and "." in rest and rest.rpartition(".")[2] in MEDIA_TYPES:
        return RawKey(DocumentId.parse(rest.rpartition(".")[0]), rest.rpartition(".")[2])
    if folder == ChunkKey.folder and (match := re.fullmatch(r"(.+)/(\d{5})-(\d{5})\.json\.gz", rest)):
        return ChunkKey(DocumentId.parse(match[1]), int(match[2]), int(match[3]))
    if folder == HeldKey.folder and (match := re.fullmatch(r"([0-9a-f]{12})\.json", rest)):
        return HeldKey(match[1])
    if folder == AnswerKey.folder and (match := re.fullmatch(r"(.+)/([0-9a-f]{32})\.json", rest)):
        return AnswerKey(DocumentId.parse(match[1]), match[2])
    if folder == SpendKey.folder and (match := _SPEND.fullmatch(rest)):
        return _parse_spend_key(match, text)
    if folder == EditKey.folder and rest.endswith(".json"):
        return _parse_edit_key(rest.removesuffix(".json"), text)
    if folder == QuarantineKey.folder and rest.endswith(".json") and rest.split("/")[0] in STEPS:
        step, _, document = rest.removesuffix(".json").partition("/")
        return QuarantineKey(step, DocumentId.parse(document))
    if folder == MeasuredKey.folder and rest.endswith(".json") and rest.split("/")[0] in MEASURED:
        step, _, document = rest.removesuffix(".json").partition("/")
        return MeasuredKey(step, DocumentId.parse(document))
    if folder == OutboxKey.folder and (match := re.fullmatch(r"(\w+)/(.+)\.([0-9a-f]{16})\.json", rest)):
        return OutboxKey(match[1], DocumentId.parse(match[2]), match[3])
    if folder == TrailKey.folder and (match := re.fullmatch(r"[\d-]{10}/([\dTZ.-]+)\.([0-9a-f]{16})\.jsonl", rest)):
        return _of_text(TrailKey(_time(match[1], text), match[2]), text)
    if folder == RejectedKey.folder:
        return RejectedKey(DocumentId.parse(rest))
    raise InvalidKey(f"{text[:200]!r} is no key of the lake")


_SPEND = re.compile(r"(\d{4}-\d\d-\d\d)/(\d{6})(?:\.settled-(\d+)-(\d+))?\.json")


def _parse_spend_key(match: re.Match[str], text: str) -> SpendKey | SettledKey:
    try:
        day, number = date.fromisoformat(match[1]), int(match[2])
    except ValueError as error:
        raise InvalidKey(f"{text[:200]!r} names no day") from error
    return SpendKey(day, number) if match[3] is None else SettledKey(day, number, int(match[3]), int(match[4]))


def _parse_edit_key(rest: str, text: str) -> EditKey:
    document, _, at = rest.rpartition("/")
    return EditKey(DocumentId.parse(document), _time(at, text))


def _time(at: str, text: str) -> datetime:
    try:
        return datetime.strptime(at, _TIME).replace(tzinfo=UTC)
    except ValueError as error:
        raise InvalidKey(f"{text[:200]!r} names no time") from error


def _of_text(key: TrailKey, text: str) -> TrailKey:
    """The key, where it formats as the text: a trail of one day does not lie in another."""
    if str(key) != text:
        raise InvalidKey(f"{text[:200]!r} lies in the folder of another day")
    return key


def day_prefix(folder: str, day: date) -> str:
    """The prefix that holds one received day of a folder such as `ParsedKey.folder`."""
    return f"{folder}/{day.isoformat()}/"
