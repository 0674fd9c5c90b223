"""What is known of single suppliers, as data: include/rules/suppliers/*.yaml.

A file says what no geometry can know: the legal name behind a tax id, other names it trades under, words
that it alone uses for a field, the decimal mark of its numbers. The parser works without any file, and
no file can make a record accepted: see `supplier_pins`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from pipelines.errors import ConfigurationError
from pipelines.parsing.folding import squash, squash_label
from pipelines.parsing.geometry import Layout
from pipelines.parsing.lexicon import RULES_FOLDER, YAML_LOADER, Lexicon, RulesFiles, Spelling, load_lexicon
from pipelines.parsing.proofs import read_tax_id

SUPPLIERS_FOLDER: Final = RULES_FOLDER / "suppliers"
_SHORTEST_NAME: Final = 8
"""Letters that a name must have to be looked for on a page: a short one stands in other words."""


def _closing(tax_id: str) -> str:
    found = read_tax_id(tax_id)
    if found is None or not found.valid:
        raise ValueError(f"{tax_id!r} is no tax id whose check digits close; print it with its marks or prefix")
    return found.number


def _spoken(name: str) -> str:
    if len(squash(name)) < 3:
        raise ValueError(f"{name!r} is too short for a name")
    return name


Name = Annotated[str, AfterValidator(_spoken)]


class Supplier(BaseModel):
    """One supplier.

    Attributes:
        name: The legal name, as its own register has it.
        tax_ids: As printed, with prefix or marks, so that country and check digits tell themselves.
        aliases: Other names on its documents: brands, former names.
        country: ISO 3166-1 alpha-2.
        decimal: The mark before hundredths on its documents.
        labels: Concept (a key of `labels` in include/rules/labels_*.yaml) -> words that only this supplier uses.
        file: Where it stands.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    tax_ids: tuple[Annotated[str, AfterValidator(_closing)], ...] = Field(min_length=1)
    aliases: tuple[Name, ...] = ()
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    decimal: Literal[",", "."] | None = None
    labels: Mapping[str, tuple[Name, ...]] = Field(default_factory=dict)
    file: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, *self.aliases)


@dataclass(frozen=True, eq=False)
class SupplierBook:
    """All known suppliers. Make one with `load_suppliers`; the empty one knows none."""

    suppliers: tuple[Supplier, ...] = ()

    @cached_property
    def _marks(self) -> tuple[tuple[tuple[Supplier, list[str]], ...], ...]:
        """What to look for on pages: first tax ids, then names."""
        return tuple(tuple((s, marks(s)) for s in self.suppliers) for marks in (_tax_ids, _names))

    def by_tax_id(self, number: str) -> Supplier | None:
        """The supplier of a tax id, with or without its country's prefix."""
        wanted = squash(number)
        for supplier in self.suppliers:
            for tax_id in map(squash, supplier.tax_ids):
                if wanted in (tax_id, supplier.country.lower() + tax_id) or supplier.country.lower() + wanted == tax_id:
                    return supplier
        return None

    def by_name(self, name: str) -> Supplier | None:
        """The one supplier with this name, legal or other; None where two have it."""
        wanted = squash(name)
        found = [s for s in self.suppliers if wanted and wanted in map(squash, s.names)]
        return found[0] if len(found) == 1 else None

    def on_pages(self, layouts: Sequence[Layout]) -> Supplier | None:
        """The one supplier whose tax id stands on the pages; else the one whose name does; None for two."""
        if not self.suppliers or not layouts:
            return None
        ends = layouts[:1] if len(layouts) == 1 else (layouts[0], layouts[-1])
        # cell by cell, as other passes ask for the same words
        text = "\n".join([squash(cell.text) for layout in ends for cell in layout.cells])
        for marked in self._marks:
            found = [supplier for supplier, marks in marked if any(mark in text for mark in marks)]
            if found:
                return found[0] if len(found) == 1 else None
        return None

    def without(self, suppliers: Iterable[Supplier]) -> SupplierBook:
        """The same book but for some: what a parser does that never heard of them."""
        left_out = {supplier.file for supplier in suppliers}
        return SupplierBook(tuple(s for s in self.suppliers if s.file not in left_out))


def _tax_ids(supplier: Supplier) -> list[str]:
    return [squash(tax_id) for tax_id in supplier.tax_ids]


def _names(supplier: Supplier) -> list[str]:
    return [squashed for name in supplier.names if len(squashed := squash(name)) >= _SHORTEST_NAME]


def lexicon_of(supplier: Supplier | None, lexicon: Lexicon) -> Lexicon:
    """The lexicon with the supplier's own words; the same one where it has none."""
    if supplier is None or not supplier.labels:
        return lexicon
    return _extended(tuple((concept, words) for concept, words in sorted(supplier.labels.items())), lexicon)


@lru_cache(maxsize=16)
def _extended(labels: tuple[tuple[str, tuple[str, ...]], ...], lexicon: Lexicon) -> Lexicon:
    spellings = dict(lexicon.spellings)
    # in every language, so that the words tell nothing about the document's
    languages = sorted({spelling.language for held in spellings.values() for spelling in held})
    for concept, words in labels:
        for word in words:
            spellings[squash_label(word)] = tuple(Spelling(concept, language, word) for language in languages)
    prefixes = {key[:end] for key in spellings for end in range(1, len(key) + 1)}
    return replace(lexicon, spellings=spellings, prefixes=frozenset(prefixes))


@lru_cache(maxsize=8)
def load_suppliers(folder: Path = SUPPLIERS_FOLDER, more: RulesFiles = ()) -> SupplierBook:
    """Every supplier file of a folder, and `suppliers/*.yaml` of `more`; an empty book where there is none.

    Raises:
        ConfigurationError: A file is malformed, names an unknown field or concept, or two share a tax id; it
            names file and line.
    """
    files = [(file.name, file.read_bytes()) for file in sorted(folder.glob("*.yaml"))]
    files += [(name.removeprefix("suppliers/"), data) for name, data in more if name.startswith("suppliers/")]
    suppliers = tuple(_load(name, data) for name, data in files)
    owners: dict[str, str] = {}
    for supplier in suppliers:
        for tax_id in map(squash, supplier.tax_ids):
            if owners.setdefault(tax_id, supplier.file) != supplier.file:
                raise ConfigurationError(
                    f"{supplier.file} and {owners[tax_id]} have the same tax id {tax_id}",
                    remedy="Keep it in one of them: a tax id is one supplier's.",
                )
    return SupplierBook(suppliers)


def _load(file: str, data: bytes) -> Supplier:
    try:
        node = yaml.compose(data, Loader=YAML_LOADER)
        body = yaml.load(data, Loader=YAML_LOADER)  # noqa: S506  (safe loaders both)
    except yaml.YAMLError as error:
        raise _mend(file, _marked(error), str(error).replace("\n", " ")) from error
    if not isinstance(body, dict):
        raise _mend(file, 1, "it holds no fields")
    try:
        supplier = Supplier.model_validate({**body, "file": file})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise _mend(file, _line_of(node, first["loc"]), f"{where}: {first['msg']}") from error
    unknown = [c for c in supplier.labels if c not in load_lexicon().vocabulary_by_concept]
    if unknown:
        raise _mend(file, _line_of(node, ("labels", unknown[0])), f"labels.{unknown[0]}: no such concept")
    return supplier


def _mend(file: str, line: int, fault: str) -> ConfigurationError:
    remedy = f"Mend include/rules/suppliers/{file}; docs/suppliers.md tells its fields."
    return ConfigurationError(f"{file}, line {line}: {fault}", remedy=remedy)


def _marked(error: Exception) -> int:
    mark = getattr(error, "problem_mark", None)
    return mark.line + 1 if mark is not None else 1


def _line_of(node: yaml.Node | None, path: Sequence[Any]) -> int:
    """The line, from 1, of the part of a YAML document that a path of keys and places leads to."""
    line = node.start_mark.line + 1 if node is not None else 1
    for step in path:
        if isinstance(node, yaml.MappingNode):
            pair = next(((key, value) for key, value in node.value if key.value == str(step)), None)
            if pair is None:
                return line
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
        else:
            return line
    return line
