"""E-invoices: XML that states what a page shows, exactly. The first witness wherever it stands.

Here belong the formats, one module each, and EN 16931's rules as proofs. Not here: what is decided when
page and XML differ; `ParsedXml` gives the record, its checks and its reasons to whoever decides.

    trees               bytes -> a tree, with entities, DTD, network and huge trees off
    drafts              values with the element they came from
    cii ubl             EN 16931's two syntaxes: Factur-X, ZUGFeRD, XRechnung, Peppol
    ksef                Polish FA(2), FA(3); ksef_attachments: PPE, readings, kWh
    nf3e nfe            Brazilian electricity and goods invoices
    rules               BR-CO-10 to 17 and the checks that all share
    einvoices           which format it is
    on_page             where its values stand on the pages it came with
"""

from pipelines.parsing.xml.drafts import ISSUER_CHECKS, ParsedXml
from pipelines.parsing.xml.einvoices import parse_einvoice, parse_xml
from pipelines.parsing.xml.on_page import page_shows, with_boxes

__all__ = ["ISSUER_CHECKS", "ParsedXml", "page_shows", "parse_einvoice", "parse_xml", "with_boxes"]
