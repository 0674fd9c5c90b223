"""The HTML of an explanation: pages on the left, record and proofs on the right; nothing loaded from elsewhere."""
# ruff: noqa: E501 - the style sheet keeps a rule a line

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from pipelines.invoices import Check, Evidence, Invoice
from pipelines.pages import DocumentText, Page
from pipelines.parsing.explain.drawing import clean, draw_page
from pipelines.parsing.explain.explained import ExplainedField, explain_fields, find_runners_up

MOST_PAGES = 30
"""Pages drawn: those with evidence first; the rest are named."""

_POLICY: Final = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
_STYLE: Final = """
:root{--ok:#15803d;--bad:#b91c1c;--open:#b45309;--line:#d4d4d8;--paper:#fff;--ink:#18181b;--back:#f4f4f5}
@media (prefers-color-scheme:dark){:root{--line:#3f3f46;--ink:#f4f4f5;--back:#18181b}}
*{box-sizing:border-box}body{margin:0;font:14px/1.45 system-ui,sans-serif;color:var(--ink);background:var(--back)}
main{display:grid;grid-template-columns:minmax(0,3fr) minmax(0,2fr);gap:1rem;padding:1rem}
@media (max-width:900px){main{grid-template-columns:minmax(0,1fr)}}
h1{font-size:1.1rem;margin:1rem 1rem 0}h2{font-size:1rem;margin:.2rem 0 .4rem}h3{font-size:.9rem;margin:1rem 0 .3rem}
.page{width:100%;border:1px solid var(--line);background:var(--paper);margin-bottom:1rem;display:block}
.paper{fill:#fff}.words text{fill:#18181b;font-family:sans-serif}.words .faint{fill:#a16207}.words.hidden text{fill:transparent}
.field{fill-opacity:.12;stroke-width:1}.field.proven{fill:var(--ok);stroke:var(--ok)}.field.failed{fill:var(--bad);stroke:var(--bad)}
.field.open{fill:var(--open);stroke:var(--open)}.runner{fill:none;stroke:#71717a;stroke-width:.7;stroke-dasharray:2 2;visibility:hidden}
.lit{fill-opacity:.4;stroke-width:2.5;visibility:visible}.field:target{fill-opacity:.4;stroke-width:2.5}
table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.25rem .4rem;border-bottom:1px solid var(--line)}
td{overflow-wrap:anywhere}td:nth-child(2){overflow-wrap:normal}tr.row:hover,tr.row:focus{background:color-mix(in srgb,var(--ok) 10%,transparent)}a{color:inherit}
.mark{font-weight:700}.mark.proven,.passed{color:var(--ok)}.mark.failed,.broken{color:var(--bad)}.mark.open{color:var(--open)}
.rule{color:#71717a;font-size:.85em}.status{font-weight:700}aside section{margin-bottom:1.5rem}
"""
# lights a field's boxes while its row is pointed at or focused; the page is whole without it
_SCRIPT: Final = """
for(const row of document.querySelectorAll('tr.row')){const name=row.dataset.field;const scope=row.closest('main');
const set=on=>scope.querySelectorAll('rect[data-field]').forEach(b=>{if(b.dataset.field===name)b.classList.toggle('lit',on)});
row.addEventListener('mouseenter',()=>set(true));row.addEventListener('mouseleave',()=>set(false));
row.addEventListener('focus',()=>set(true));row.addEventListener('blur',()=>set(false))}
"""
_MARKS: Final = {"proven": "✓", "failed": "✗", "open": "?"}
_MARK_MEANS: Final = {"proven": "proven by a check", "failed": "a check fails", "open": "no check covers it"}


def explain_html(
    read: DocumentText, invoices: Sequence[Invoice], *, title: str = "", images: Mapping[int, str] | None = None
) -> str:
    """One HTML document that shows why the record says what it says.

    Args:
        read: The pages that were parsed.
        invoices: The record's invoices.
        title: The document's name, shown in the head.
        images: Page number -> `data:image/...;base64,...`; words are drawn where there is none.

    Raises:
        ValueError: An image is no data URI.
    """
    runners_up = find_runners_up(read) if read.pages else {}
    parts = [
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        f"<title>{clean(title or 'explanation')}</title><style>{_STYLE}</style></head><body><h1>{clean(title)}</h1>",
    ]
    for place, invoice in enumerate(invoices, 1):
        fields = explain_fields(invoice, runners_up)
        ids = {field.name: f"f{place}-{number}" for number, field in enumerate(fields)}
        parts.append("<main><div>")
        parts.extend(_pages(read.pages, fields, ids, images or {}))
        parts.append("</div><aside>")
        parts.extend(_record(invoice, fields, ids, place, len(invoices)))
        parts.append("</aside></main>")
    parts.append(f"<script>{_SCRIPT}</script></body></html>")
    return "".join(parts)


def _pages(
    pages: Sequence[Page], fields: Sequence[ExplainedField], ids: dict[str, str], images: Mapping[int, str]
) -> Iterator[str]:
    spoken = {field.evidence.page for field in fields if field.evidence is not None}
    drawn = sorted(pages, key=lambda page: (page.number not in spoken, page.number))[:MOST_PAGES]
    for page in sorted(drawn, key=lambda page: page.number):
        note = f": {clean(page.error)}" if page.error else ""
        yield f"<h3>page {page.number} ({clean(page.source)}{note})</h3>"
        yield draw_page(page, fields, ids, images.get(page.number, ""))
    if not pages:
        yield "<p>No page: the values come from the e-invoice XML alone.</p>"
    if len(pages) > len(drawn):
        yield f"<p>{len(pages) - len(drawn)} more pages, which hold no field of the record, are not drawn.</p>"


def _record(
    invoice: Invoice, fields: Sequence[ExplainedField], ids: dict[str, str], place: int, count: int
) -> Iterator[str]:
    which = f"Invoice {place} of {count}" if count > 1 else "Invoice"
    yield f'<section><h2>{which}: <span class="status">{clean(invoice.status)}</span></h2>'
    if invoice.review_reasons:
        yield "<ul>" + "".join(f"<li>{clean(reason)}</li>" for reason in invoice.review_reasons) + "</ul>"
    yield "</section><section><h2>Fields</h2><table><tr><th></th><th>field</th><th>value, rule, runners-up</th></tr>"
    for field in fields:
        yield _row(field, ids[field.name])
    yield "</table></section><section><h2>Proofs</h2>"
    yield from _checks(invoice.checks)
    yield "</section>"
    if invoice.lines:
        yield from _lines(invoice)


def _row(field: ExplainedField, element: str) -> str:
    found = field.evidence
    value = clean(field.value) or "<em>not found</em>"
    if found is not None and found.box is not None:
        value = f'<a href="#{element}">{value}</a>'
    why = f'<div class="rule">{_evidence(found)}</div>' if found is not None else ""
    others = "".join(f"<li>{clean(other.text)} {_evidence(other)}</li>" for other in field.runners_up)
    runners = (
        f'<details class="rule" open><summary>{len(field.runners_up)} runners-up</summary><ul>{others}</ul></details>'
        if others
        else ""
    )
    return (
        f'<tr class="row" tabindex="0" data-field="{clean(field.name)}"><td class="mark {field.state}" '
        f'title="{_MARK_MEANS[field.state]}">{_MARKS[field.state]}</td><td>{clean(field.name)}</td><td>{value}{why}{runners}</td></tr>'
    )


def _evidence(found: Evidence) -> str:
    where = f", page {found.page}" if found.page is not None else ""
    return f"{clean(found.rule)}, confidence {found.confidence:.2f}{where}"


def _checks(checks: Sequence[Check]) -> Iterator[str]:
    if not checks:
        yield "<p>No check could be made.</p>"
        return
    yield "<table><tr><th>proof</th><th>expected</th><th>found</th></tr>"
    for check in sorted(checks, key=lambda check: check.passed):
        kind = "passed" if check.passed else "broken"
        mark = _MARKS["proven" if check.passed else "failed"]
        about = clean(", ".join(check.fields))
        yield (
            f'<tr><td class="{kind}">{mark} {clean(check.name)}<div class="rule">{about}</div></td>'
            f"<td>{clean(check.expected)}</td><td>{clean(check.found)}</td></tr>"
        )
    yield "</table>"


def _lines(invoice: Invoice) -> Iterator[str]:
    columns = ("description", "quantity", "unit", "unit_price", "net", "tax_rate", "gross")
    yield "<section><h2>Lines</h2><table><tr>" + "".join(f"<th>{name}</th>" for name in columns) + "</tr>"
    for line in invoice.lines:
        body = line.model_dump(mode="json")
        yield (
            "<tr>"
            + "".join(f"<td>{clean(str(body[name] if body[name] is not None else ''))}</td>" for name in columns)
            + "</tr>"
        )
    yield "</table></section>"
