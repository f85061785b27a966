"""One pure parser per WebSocket venue: a frame -> events. The runner is in sources/websocket.py."""
