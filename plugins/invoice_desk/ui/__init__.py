"""The pages: Dash on its FastAPI backend, everything served from here.

Pages only look. What changes anything goes through the REST API, by the script in assets/: one place decides
who may, and the browser's own upload shows progress without a callback that holds files in memory.
"""
