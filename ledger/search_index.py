"""The index behind search: trigrams of `Transaction.search_text`, on either database.

SQLite: an FTS5 table of its own, kept by triggers. PostgreSQL: a GIN index of pg_trgm. Both find
any run of three or more characters inside a word.
"""

from django.db import connections

_SQLITE = """
CREATE VIRTUAL TABLE IF NOT EXISTS ledger_transaction_search USING fts5(
    search_text, content='ledger_transaction', content_rowid='id',
    tokenize='trigram', detail='full', columnsize=0);
CREATE TRIGGER IF NOT EXISTS ledger_transaction_search_insert
AFTER INSERT ON ledger_transaction BEGIN
    INSERT INTO ledger_transaction_search(rowid, search_text) VALUES (new.id, new.search_text);
END;
CREATE TRIGGER IF NOT EXISTS ledger_transaction_search_delete
AFTER DELETE ON ledger_transaction BEGIN
    INSERT INTO ledger_transaction_search(ledger_transaction_search, rowid, search_text)
    VALUES ('delete', old.id, old.search_text);
END;
CREATE TRIGGER IF NOT EXISTS ledger_transaction_search_update
AFTER UPDATE OF search_text ON ledger_transaction WHEN old.search_text <> new.search_text BEGIN
    INSERT INTO ledger_transaction_search(ledger_transaction_search, rowid, search_text)
    VALUES ('delete', old.id, old.search_text);
    INSERT INTO ledger_transaction_search(rowid, search_text) VALUES (new.id, new.search_text);
END;
"""

_POSTGRESQL = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX IF NOT EXISTS tx_search ON ledger_transaction "
    "USING gin (search_text gin_trgm_ops)",
)


def ensure_search_index(sender=None, using="default", **kwargs) -> None:
    """Make the index where it is missing, and fill it. Safe to call again."""
    connection = connections[using]
    tables = connection.introspection.table_names()
    if "ledger_transaction" not in tables:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for statement in _POSTGRESQL:
                cursor.execute(statement)
            return
        cursor.execute(
            "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' "
            "AND name LIKE 'ledger_transaction_search_%'"
        )
        if cursor.fetchone()[0] == 3:
            return
        # executescript would commit; the statements end at "END;" or the first ";".
        for statement in _statements(_SQLITE):
            cursor.execute(statement)
        cursor.execute(
            "INSERT INTO ledger_transaction_search(ledger_transaction_search) VALUES ('rebuild')"
        )


def _statements(script: str) -> list[str]:
    head, *triggers = script.split("CREATE TRIGGER")
    return [head, *("CREATE TRIGGER" + trigger for trigger in triggers)]
