"""Metering: what an answer costs is committed before the answer leaves.

``meter.py`` charges, ``entries.py`` says what that puts into the ledger, ``event_ids.py`` names
events, ``idempotency.py`` reads keys and requests, ``progress.py`` knows what the engine counted.
"""
