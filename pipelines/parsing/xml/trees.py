"""Reads XML bytes into a tree without ever acting on them: no entities, no DTD, no network, no huge trees.

Paths are local names joined by `/`; a name may offer alternatives (`ID|IssuerAssignedID`). Namespaces
are left out on purpose: ZUGFeRD 1 and 2, and FA(2) and FA(3), differ in them and hardly in their names.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final, cast

from lxml import etree

from pipelines.errors import DamagedDocument, DocumentTooLarge, UnsupportedDocument
from pipelines.parsing.remembering import remembered

MAX_BYTES: Final = 20_000_000
"""Largest e-invoice read: KSeF's own limit is 3 MB, Peppol's 10 MB."""
_LARGEST = Decimal(10) ** 15


def parse_tree(data: bytes, name: str = "", max_bytes: int = MAX_BYTES) -> Node:
    """The root of an XML document.

    Raises:
        DocumentTooLarge: More than `max_bytes`.
        UnsupportedDocument: It declares a DTD, which no e-invoice needs and attacks are made of.
        DamagedDocument: It is not well-formed, or nested deeper than any invoice.
    """
    if len(data) > max_bytes:
        raise DocumentTooLarge(
            f"an XML of {len(data):,} bytes", document=name, remedy=f"The limit is {max_bytes:,} bytes."
        )
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, attribute_defaults=False,
        huge_tree=False, recover=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise DamagedDocument(
            f"the XML is not well-formed: {str(error)[:200]}",
            document=name,
            remedy="Ask the supplier to send it again.",
        ) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise UnsupportedDocument(
            "the XML declares a DTD; entities are refused",
            document=name,
            remedy="Ask the supplier for a plain e-invoice.",
        )
    return Node(root)


class Node:
    """An element, read by local names."""

    __slots__ = ("_element",)

    def __init__(self, element: etree._Element) -> None:
        self._element = element

    @property
    def name(self) -> str:
        """Local name."""
        return etree.QName(self._element).localname

    @property
    def namespace(self) -> str:
        return etree.QName(self._element).namespace or ""

    def all(self, path: str) -> list[Node]:
        """Every element at a path below this one, in document order."""
        found = cast("list[etree._Element]", _xpath(path)(self._element))
        return [Node(element) for element in found]

    def one(self, path: str) -> Node | None:
        """The first element at a path, or None."""
        return next(iter(self.all(path)), None)

    def children(self) -> Iterator[Node]:
        return (Node(child) for child in self._element if isinstance(child.tag, str))

    def text(self, path: str = "") -> str | None:
        """Text of the first non-empty element at a path, white space collapsed; None where there is none."""
        nodes = [self] if not path else self.all(path)
        return next(
            (said for node in nodes if (said := " ".join("".join(map(str, node._element.itertext())).split()))), None
        )

    def attribute(self, name: str) -> str:
        return (self._element.get(name) or "").strip()

    def amount(self, path: str = "") -> Decimal | None:
        """The number at a path; None for none, and for what is no finite decimal of sane size."""
        return read_decimal(self.text(path))

    def day(self, path: str = "") -> date | None:
        """The date at a path: ISO (with or without time), or UN/CEFACT 102 and 203 (`20260131...`)."""
        return read_day(self.text(path))


def read_decimal(text: str | None) -> Decimal | None:
    """An XML decimal (a point, no grouping)."""
    if not text:
        return None
    try:
        value = Decimal(text.replace("\u00a0", "").strip())
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value) < _LARGEST else None


def read_day(text: str | None) -> date | None:
    """`2026-01-31`, `2026-01-31T...`, `20260131`, `202601311530`; None for any other text."""
    if not text:
        return None
    digits = text[:10].replace("-", "") if "-" in text[:8] else text[:8]
    if len(digits) != 8 or not digits.isdigit():
        return None
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None


@remembered(1024)
def _xpath(path: str) -> etree.XPath:
    steps = []
    for step in path.split("/"):
        names = " or ".join(f"local-name()='{name}'" for name in step.split("|"))
        steps.append(f"*[{names}]")
    return etree.XPath("./" + "/".join(steps))
