"""Ingest: a dropped file becomes a registered, write-once document.

What belongs here: looking at the uploads, claiming bytes, the raw copy, rejecting what is no document.
What does not: reading a page's words (`reading`).
"""

from pipelines.ingest.admit import Admission, admit_upload, forgotten
from pipelines.ingest.uploads import Upload, Uploads, open_uploads

__all__ = ["Admission", "Upload", "Uploads", "admit_upload", "forgotten", "open_uploads"]
