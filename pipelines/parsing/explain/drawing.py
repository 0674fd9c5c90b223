"""A page as SVG: its image where one is given, else its words at their places, and the fields' boxes."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence

from pipelines.pages import Page, Word
from pipelines.parsing.explain.explained import ExplainedField

MOST_WORDS = 20_000
"""A page with more words is drawn without those beyond: a browser would choke on them."""
# characters that XML, and so SVG within HTML, does not allow
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_IMAGE = re.compile(r"data:image/(?:png|jpeg|webp);base64,[A-Za-z0-9+/=]+")


def clean(text: str) -> str:
    """Text that is safe between tags and in attributes, whatever stood on the page."""
    return html.escape(_FORBIDDEN.sub("\ufffd", text), quote=True)


def draw_page(page: Page, fields: Sequence[ExplainedField], ids: dict[str, str], image: str = "") -> str:
    """The page in points.

    Args:
        page: As read.
        fields: Fields of any page; those with a box on this one are drawn.
        ids: Element id of each field's box, by field name.
        image: `data:image/...;base64,...` of the page, or empty.

    Raises:
        ValueError: `image` is no data URI of a PNG, JPEG or WebP: nothing is ever loaded from elsewhere.
    """
    if image and not _IMAGE.fullmatch(image):
        raise ValueError("a page image must be a data URI of a PNG, JPEG or WebP")
    width, height = f"{page.width:.1f}", f"{page.height:.1f}"
    parts = [f'<svg class="page" viewBox="0 0 {width} {height}" role="img" aria-label="page {page.number}">']
    parts.append(f'<rect class="paper" width="{width}" height="{height}"/>')
    if image:
        parts.append(f'<image href="{image}" width="{width}" height="{height}" preserveAspectRatio="none"/>')
    parts.append(f'<g class="words{" hidden" if image else ""}">')
    parts.extend(_words(page.words[:MOST_WORDS]))
    parts.append("</g>")
    for field in fields:
        parts.extend(_boxes(field, page.number, ids[field.name]))
    parts.append("</svg>")
    return "".join(parts)


def _words(words: Sequence[Word]) -> Iterator[str]:
    for word in words:
        x0, y0, x1, y1 = word.box
        size = max(y1 - y0, 1.0)
        faint = ' class="faint"' if word.confidence < 0.6 else ""
        yield (
            f'<text{faint} x="{x0:.1f}" y="{y1 - 0.22 * size:.1f}" font-size="{0.9 * size:.1f}" '
            f'textLength="{max(x1 - x0, 1.0):.1f}" lengthAdjust="spacingAndGlyphs">{clean(word.text)}</text>'
        )


def _boxes(field: ExplainedField, page: int, element: str) -> Iterator[str]:
    found = field.evidence
    if found is not None and found.box is not None and found.page == page:
        title = clean(f"{field.name} = {field.value} ({found.rule}, {found.confidence:.2f})")
        yield _box(found.box, f"field {field.state}", f'id="{element}" data-field="{clean(field.name)}"', title)
    for place, other in enumerate(field.runners_up, 1):
        if other.box is not None and other.page == page:
            title = clean(f"runner-up {place} for {field.name}: {other.text} ({other.rule}, {other.confidence:.2f})")
            yield _box(other.box, "runner", f'data-field="{clean(field.name)}"', title)


def _box(box: tuple[float, float, float, float], kind: str, extra: str, title: str) -> str:
    x0, y0, x1, y1 = box
    width, height = max(x1 - x0, 0.5) + 3, max(y1 - y0, 0.5) + 3
    place = f'x="{x0 - 1.5:.1f}" y="{y0 - 1.5:.1f}" width="{width:.1f}" height="{height:.1f}"'
    return f'<rect class="{kind}" {extra} {place} rx="1.5"><title>{title}</title></rect>'
