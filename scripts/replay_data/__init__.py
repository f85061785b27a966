"""The synthetic market day behind ``scripts.make_replay``: one module per file it writes."""
