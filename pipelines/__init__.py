"""Invoice Lake: invoice documents in, tables that people can trust out.

The walk, stage by stage; each stage is a package or module of this name:

    ingest    a file in uploads/ becomes a registered, write-once document in 01_bronze/
    reading   its pages become words with places: the text layer where it can be trusted, OCR elsewhere
    parsing   words become typed invoices with evidence and proofs (pure: no storage, clock or network)
    silver    proven invoices become rows of Delta tables, one atomic commit a run
    gold      changed months are aggregated to plain Parquet that BI tools read

`steps` does load, compute, save for each stage and is all that the DAGs call; `queries` answers what
people ask of a lake; `cli` is both without Airflow. What belongs here: everything that is about
invoices and the lake. What does not: Airflow, FastAPI and Dash, which live in dags/ and plugins/.
"""

import os

__version__ = "0.1.0"

# Arrow's own allocator keeps what was freed, and a run that commits part after part grows by it: 365 MiB instead of
# 271 for an upsert into a million rows, in more CPU time. Arrow asks once, when it is loaded; who has set it, knows.
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
# deltalake brings an allocator of its own (jemalloc), which keeps eight pools and what was freed in them for seconds
os.environ.setdefault("_RJEM_MALLOC_CONF", "narenas:1,dirty_decay_ms:200,muzzy_decay_ms:0")
