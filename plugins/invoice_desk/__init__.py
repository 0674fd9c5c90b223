"""The Invoice Desk: upload, watch, correct, search and see, for people who never want to open a bucket.

    settings   LAKE_DESK_*
    people     who somebody is, and what they may do
    access     finding that out on a server of our own (tokens, loopback); airflow_access: by Airflow's login
    gate       the ASGI door that every request passes: person, origin, size, rate, headers
    desk       the one object that routes and pages share: lake, catalogue, live updates, wake-ups
    live       one look at the lake for all watchers
    waking     what happens after a change; airflow_waking: through Airflow's own events and runs
    api        REST, WebSocket and SSE (FastAPI)
    ui         the pages (Dash on its FastAPI backend)
    app        both behind the gate, as one ASGI application

What belongs here: HTTP and pages. What does not: anything about invoices or storage, which is asked of
`pipelines.queries` and done by `pipelines.steps`. Nothing here is imported before the first request, so that
Airflow's API server starts as quickly as without it.
"""
