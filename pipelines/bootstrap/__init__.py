"""An Airflow of its own for this checkout: `python -m pipelines.bootstrap demo|up|down`.

What belongs here: starting and stopping Airflow's processes with settings that fit one machine, dropping
sample invoices, and showing how they move. What does not: Airflow itself, which is only ever a child
process and a REST API here. Everything it writes lies under `.demo/`.
"""
