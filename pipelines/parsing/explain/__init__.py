"""Explains a record: the page drawn with each field's box, rule, confidence, proofs and runners-up.

Here belongs the one HTML page or picture that an analyst or engineer opens to see why a value was taken, and which
others were near: self-contained, with no address outside itself. Not here: reading files, rendering page
images, and the desk's review pages.

    explained   what is to be shown: fields with values, evidence and runners-up
    drawing     a page as SVG: its image or its words, and the boxes
    document    the HTML around it
    picture     the same as one PNG
"""

from pipelines.parsing.explain.document import explain_html
from pipelines.parsing.explain.picture import PAGE_WIDTH, explain_png

__all__ = ["PAGE_WIDTH", "explain_html", "explain_png"]
