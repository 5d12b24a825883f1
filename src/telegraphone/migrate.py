"""Bring the schema up to date: the files of sql/migrations, each once, in order.

`NNNN_why.sql` is for both engines, `NNNN_why.postgresql.sql` for that one.
"""

from importlib.resources import files

from .db import Db, Dialect, Tx


def migrate(db: Db) -> list[str]:
    """Apply what is missing; the names of what was applied. Several processes may do this at once: one works, the others wait."""
    with db.transaction() as tx:
        tx.lock("migrate")
        tx.run("create table if not exists migrations (name text primary key)")
        applied = {row["name"] for row in tx.all("select name from migrations")}
        missing = [name for name in _names(db.dialect) if name not in applied]
        for name in missing:
            _apply(tx, name)
        return missing


def pending(db: Db) -> list[str]:
    """The names of what `migrate` would apply."""
    with db.transaction() as tx:
        tx.run("create table if not exists migrations (name text primary key)")
        applied = {row["name"] for row in tx.all("select name from migrations")}
    return [name for name in _names(db.dialect) if name not in applied]


def _names(dialect: Dialect) -> list[str]:
    names = [entry.name for entry in (files("telegraphone.sql") / "migrations").iterdir() if entry.name.endswith(".sql")]
    return sorted(name for name in names if name.split(".")[1:-1] in ([], [dialect.name]))


def _apply(tx: Tx, name: str) -> None:
    text = (files("telegraphone.sql") / "migrations" / name).read_text("utf-8")
    for statement in _statements(text, tx.dialect):
        tx.run(statement)
    tx.run("insert into migrations (name) values (:name)", name=name)


def _statements(text: str, dialect: Dialect) -> list[str]:
    """The statements of a file in the words of this engine; comments go first, since they may hold a semicolon."""
    bare = "\n".join(line.split("--")[0] for line in text.splitlines())
    for word, meaning in dialect.types.items():
        bare = bare.replace(word, meaning)
    return [statement for statement in bare.split(";") if statement.strip()]
