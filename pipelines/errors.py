"""What can go wrong, by what a caller must do about it.

LakeError                    what was found, in which document, and the remedy
|- Terminal                  trying again cannot help: quarantine or reject, go on
|  |- UnsupportedDocument    the bytes are no document type that is read here
|  |- EmptyDocument          zero bytes, or no page at all
|  |- DamagedDocument        truncated or broken beyond what the reader repairs
|  |- EncryptedDocument      a password is needed to open it
|  |- DocumentTooLarge       bytes, pages or pixels over a limit of the settings
|  |- PageUnreadable         one page broke its reader; the other pages stand
|  |- ForgottenDocument      its bytes were erased on request, and stay out until they are let in again
|  |- InvalidKey             a string that is no document id or lake key
|  |- InvalidRecord          a stored JSON that no longer fits its model
|  |- ConfigurationError     a setting, package or language file is missing or wrong
|  `- CorruptObject          stored bytes differ from their recorded hash, read after read
`- Transient                 the same call may succeed later: raise, and let the caller retry
   |- StorageUnavailable     the store did not answer, or refused for now
   |- CommitConflict         another writer came first; the whole read-merge-write is tried again
   `- ReaderCrashed          the child process that runs native code died or ran out of time
"""

from __future__ import annotations

from typing import Final


class LakeError(Exception):
    """A fault a person can act on.

    Args:
        cause: What was found, in plain words.
        document: The file name or document id it concerns, if one does.
        remedy: What to do about it.
        page: 1-based page number, where a page is at fault.
    """

    def __init__(self, cause: str, *, document: str = "", remedy: str = "", page: int | None = None) -> None:
        self.cause, self.document, self.remedy, self.page = cause, document, remedy, page
        super().__init__(cause, document, remedy, page)

    def __str__(self) -> str:
        where = self.document + (f", page {self.page}" if self.page else "")
        return f"{where + ': ' if where else ''}{self.cause}{'. ' + self.remedy if self.remedy else ''}"

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.cause, self.document, self.remedy, self.page)

    def about(self, document: str) -> LakeError:
        """The same error, naming the document it concerns."""
        return type(self)(self.cause, document=document, remedy=self.remedy, page=self.page)


def _rebuild(kind: type[LakeError], cause: str, document: str, remedy: str, page: int | None) -> LakeError:
    """Unpickle: errors cross process borders (reader children, Airflow tasks) with their fields."""
    return kind(cause, document=document, remedy=remedy, page=page)


class Terminal(LakeError):
    """Trying again cannot help."""


class Transient(LakeError):
    """The same call may succeed later."""


class UnsupportedDocument(Terminal):
    """The bytes are no document type that is read here."""


class EmptyDocument(Terminal):
    """Zero bytes, or no page at all."""


class DamagedDocument(Terminal):
    """Truncated or broken beyond repair."""


class EncryptedDocument(Terminal):
    """A password is needed to open it."""


class DocumentTooLarge(Terminal):
    """Bytes, pages or pixels over a limit of the settings."""


class PageUnreadable(Terminal):
    """One page broke its reader."""


class ForgottenDocument(Terminal):
    """The bytes were erased on request."""


class InvalidKey(Terminal):
    """A string that is no document id or lake key."""


class InvalidRecord(Terminal):
    """A stored JSON that does not fit its model."""


class ConfigurationError(Terminal):
    """A setting, package or language file is missing or wrong."""


class CorruptObject(Terminal):
    """Stored bytes differ from their recorded hash."""


STORE_REMEDY: Final = "It is tried again; if it stays, check the network, the disk's free space and the store's health."
"""What helps where a store fails: a full disk looks like any other fault to the libraries that write."""


class StorageUnavailable(Transient):
    """The store did not answer, or refused for now."""


class CommitConflict(Transient):
    """Another writer committed first."""


class ReaderCrashed(Transient):
    """The child that runs native code died or ran out of time."""
