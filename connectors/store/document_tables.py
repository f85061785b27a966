"""Tables of what accounts have sent: holdings and transactions of their portfolios.

A document takes the place of the one before it; an empty list means that nothing is held. None is
ever changed or taken away: which one counts at an instant follows from their times.
"""

# account_id: whose the portfolio is. ts_event: time of the market from which the document counts.
DOCUMENTS = """
CREATE TABLE holding_documents (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    portfolio_id TEXT NOT NULL CHECK (portfolio_id <> ''),
    revision INTEGER NOT NULL CHECK (revision > 0),
    ts_event INTEGER NOT NULL CHECK (ts_event >= 0),
    document TEXT NOT NULL,
    account_id TEXT NOT NULL CHECK (account_id <> ''),
    stored_at INTEGER NOT NULL,
    UNIQUE (portfolio_id, revision)
) STRICT;
CREATE TABLE transaction_documents (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    portfolio_id TEXT NOT NULL CHECK (portfolio_id <> ''),
    revision INTEGER NOT NULL CHECK (revision > 0),
    document TEXT NOT NULL,
    account_id TEXT NOT NULL CHECK (account_id <> ''),
    stored_at INTEGER NOT NULL,
    UNIQUE (portfolio_id, revision)
) STRICT;
"""
