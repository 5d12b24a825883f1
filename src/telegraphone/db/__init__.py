"""Two databases, one shape. The only code that knows a driver.

The functions in sql/ are plain and synchronous: `fn(tx, …)`. The async world runs a whole one in a database thread, with one hop:
`await db.read(fn, …)`. A write is one transaction; a read runs its statements one by one (nearly always there is only one), which
saves PostgreSQL two round trips. With `Limits` a read is stopped when it takes too long or when nobody waits for it any more; it may be
run up to three times (limits.py), so it must do nothing but read.
"""

from ..errors import BadSetting
from .database import Access, Db
from .dialects import Dialect
from .limits import Limits
from .tx import Row, Tx, micros, moment

__all__ = ["Access", "Db", "Dialect", "Limits", "Row", "Tx", "check", "micros", "moment", "open_db"]


def open_db(url: str, *, readers: int = 4, limits: Limits | None = None) -> Db:
    """`sqlite:///relative.db`, `sqlite:////absolute.db` or `postgresql://…`. Without limits nothing is ever stopped."""
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite":
        from .sqlite import SqliteDb

        return SqliteDb(rest.removeprefix("/"), readers, limits)
    if scheme in ("postgresql", "postgres"):
        from .postgres import PostgresDb

        return PostgresDb(url, readers, limits)
    raise BadSetting("database: allowed are sqlite:///PATH and postgresql://…")


def check(url: str) -> None:
    """Unavailable while no server answers there; BadSetting if one does and lets nobody in so. A file is looked at when it is opened."""
    if url.partition("://")[0] in ("postgresql", "postgres"):
        from .postgres import check_server

        check_server(url)
