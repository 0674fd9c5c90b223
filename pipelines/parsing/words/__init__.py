"""Amounts in words ("sto dwadziescia zlotych 50/100"): the second witness that many invoices print.

Here belong the number words of each language and the grammar that reads them. Not here: where on the
page the words stand, and which amount they witness.
"""

from pipelines.parsing.words.amounts import LANGUAGES, WordsAmount, read_amount_words

__all__ = ["LANGUAGES", "WordsAmount", "read_amount_words"]
