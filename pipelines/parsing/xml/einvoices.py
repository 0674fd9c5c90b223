"""Tells e-invoice formats apart by their root element and reads the first that is one."""

from __future__ import annotations

from collections.abc import Iterable

from pipelines.errors import LakeError, UnsupportedDocument
from pipelines.pages import Attachment
from pipelines.parsing.xml import cii, ksef, nf3e, nfe, ubl
from pipelines.parsing.xml.drafts import ParsedXml
from pipelines.parsing.xml.trees import MAX_BYTES, Node, parse_tree

_BRAZIL = "http://www.portalfiscal.inf.br/"


def parse_einvoice(attachments: Iterable[Attachment], max_bytes: int = MAX_BYTES) -> ParsedXml | None:
    """The e-invoice among a document's attachments; None where there is none.

    Other XML (ZUGFeRD's metadata, an order, a settings file) is passed over, and so is a damaged one
    while a sound e-invoice stands beside it.

    Raises:
        LakeError: No attachment is an e-invoice, and one is damaged, too large or declares a DTD.
    """
    fault: LakeError | None = None
    for attachment in attachments:
        try:
            parsed = _read(parse_tree(attachment.data, attachment.name, max_bytes), attachment.name)
        except LakeError as error:
            fault = fault or error
            continue
        if parsed is not None:
            return parsed
    if fault is not None:
        raise fault
    return None


def parse_xml(data: bytes, name: str = "", max_bytes: int = MAX_BYTES) -> ParsedXml:
    """A bare XML document.

    Raises:
        UnsupportedDocument: It is no e-invoice format that is read here, or declares a DTD.
        DamagedDocument: It is not well-formed.
        DocumentTooLarge: It is larger than `max_bytes`.
    """
    root = parse_tree(data, name, max_bytes)
    parsed = _read(root, name)
    if parsed is None:
        raise UnsupportedDocument(
            f"the XML is no e-invoice known here: {root.name} in {root.namespace or 'no namespace'}",
            document=name,
            remedy="CII (ZUGFeRD, Factur-X), UBL, KSeF FA, NF3e and NF-e are read.",
        )
    return parsed


def _read(root: Node, source: str) -> ParsedXml | None:
    """The parsed e-invoice, or None for a root of no known format."""
    name, namespace = root.name, root.namespace
    if name in cii.ROOTS:
        return cii.parse_cii(root, source)
    if name in ubl.ROOTS and namespace.startswith(ubl.NAMESPACE):
        return ubl.parse_ubl(root, source)
    if name == "Faktura" and namespace.startswith(ksef.NAMESPACE):
        return ksef.parse_ksef(root, source)
    if name in nf3e.ROOTS and namespace.startswith(_BRAZIL):
        return nf3e.parse_nf3e(root, source)
    if name in nfe.ROOTS and namespace.startswith(_BRAZIL):
        return nfe.parse_nfe(root, source)
    return None
