"""REST, WebSocket and SSE: what programs use, and what the pages themselves use to change anything."""
