"""A language model as a second reader of what the rules left open: asked, cached, and never out of pocket.

What belongs here: putting a question about pages to an OpenAI-compatible endpoint, keeping its answers and the
day's spending in the lake. What does not: believing an answer. That is for parsing, which counts a value only
where it stands on the page and a proof closes.

    prompts      what is asked, by kind of document: include/prompts/
    redaction    personal data that is not sent
    questions    pages -> the question; the schema of its answer; the key under which the answer is kept
    endpoint     the HTTP call, and what can go wrong with it
    spending     the day's tokens and money, over all workers
    answers      what came back, kept in the lake
    reader       these together
"""
