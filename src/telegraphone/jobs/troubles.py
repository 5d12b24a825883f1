"""What of a folder cannot be read: kept while it is so, and told when it begins and when it is over, not each time."""

from datetime import datetime
from pathlib import Path

from ..db import Db, Tx
from ..events import Unreadable
from ..ingest.recordings import readable
from ..logs import get_log
from ..sql.pbx.sources import put_unreadable
from ..sql.recorded.folder_files import list_troubles, remove_trouble

_log = get_log()


class Troubles:
    """The files and folders below one folder that cannot be read, by path."""

    def __init__(self, pbx: str, top: Path) -> None:
        self._pbx, self._top = pbx, str(top)
        self._reasons: dict[str, str] = {}
        self._seen: set[str] = set()
        self._told = 0

    async def load(self, db: Db) -> None:
        """What another worker met here."""
        below = readable(self._top) + "/"
        found = await db.read(list_troubles, self._pbx)
        self._reasons = {one.path: one.reason for one in found if one.path.startswith(below)}
        self._told = len(self._reasons)

    async def note(self, db: Db, trouble: Unreadable, now: datetime) -> None:
        """It cannot be read, perhaps as before."""
        self._seen.add(trouble.text)
        if self._reasons.get(trouble.text) != trouble.reason:
            await db.write(put_unreadable, self._pbx, "recordings", trouble.text, [trouble], now)
            self._reasons[trouble.text] = trouble.reason

    async def settle(self, db: Db) -> None:
        """A walk is over: what was not met again is no trouble any more."""
        gone = self._reasons.keys() - self._seen
        if gone:
            await db.write(self._remove, sorted(gone))
        self._reasons = {path: reason for path, reason in self._reasons.items() if path in self._seen}
        self._seen = set()
        if bool(self._told) != bool(self._reasons):
            self._tell()
        self._told = len(self._reasons)

    def _remove(self, tx: Tx, paths: list[str]) -> None:
        for path in paths:
            remove_trouble(tx, self._pbx, path)

    def _tell(self) -> None:
        if not self._reasons:
            _log.warning("all of a folder can be read again", path=self._top)
            return
        path, reason = min(self._reasons.items())
        _log.warning("something in a folder cannot be read", path=self._top, count=len(self._reasons), first=path, reason=reason)
