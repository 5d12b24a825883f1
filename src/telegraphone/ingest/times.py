"""What a PBX writes as a time: local and without a zone, as seconds since 1970, or with an offset.

A local hour that the clock repeats in autumn is told apart by what else the log says: a channel cannot act before its birth, which its
unique id tells; and rows stand in the order in which they happened, so a clock that falls back by an hour has been set back.
"""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from ..zones import both_moments, parse_moment

_REST = re.compile(r":(\d\d)(?:[.,](\d{1,9}))?$", re.ASCII)
_EPOCH = re.compile(r"(\d{9,11})(?:[.,](\d{1,9}))?$", re.ASCII)
_BORN = re.compile(r"(?:^|-)(\d{9,11})\.\d+$", re.ASCII)
_EARLIEST, _LATEST = datetime(1980, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SLACK = timedelta(seconds=5)
"""Rows step back by up to a millisecond, and a log's writer may lag; a clock that is set back steps by half an hour at least."""
LONGEST_GAP = timedelta(hours=6)
MOST_MINUTES = 4096


def looks_like_a_time(text: str) -> bool:
    """Whether this may be the time in a row, at a glance."""
    return _EPOCH.match(text) is not None or (text[4:5] == "-" and text[7:8] == "-" and text[:4].isdigit())


class Clock:
    """Reads the times of one log, from its first row to its last."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._minutes: dict[str, tuple[datetime, datetime]] = {}
        self._last = EPOCH

    def moment(self, told: object, unique_id: str = "", is_birth: bool = False) -> datetime:
        """The moment that is meant, in UTC; ValueError if it is none."""
        if isinstance(told, str):
            first, last = self._text(told)
        elif isinstance(told, datetime):
            first, last = self._local(told) if told.tzinfo is None else (told.astimezone(UTC),) * 2
        elif isinstance(told, int | float) and not isinstance(told, bool):
            first = last = self._epoch(repr(told))
        else:
            raise ValueError("there is no time")
        moment = first if first == last else self._one_of(first, last, unique_id, is_birth)
        if not _EARLIEST < moment < _LATEST:
            raise ValueError(f"{told!r} is no time of a PBX")
        self._last = moment
        return moment

    def _text(self, text: str) -> tuple[datetime, datetime]:
        minute = self._minutes.get(text[:16])
        rest = _REST.match(text, 16)
        if rest is None or (minute is None and text[13:14] != ":"):
            return self._other_text(text.strip())
        if minute is None:
            minute = self._minute(text[:16])
        seconds, fraction = rest.groups()
        after = timedelta(0, int(seconds), int((fraction or "0").ljust(6, "0")[:6]))
        return minute[0] + after, minute[1] + after

    def _minute(self, text: str) -> tuple[datetime, datetime]:
        if len(self._minutes) >= MOST_MINUTES:
            self._minutes.clear()
        both = self._minutes[text] = both_moments(datetime.fromisoformat(text), self._zone)
        return both

    def _other_text(self, text: str) -> tuple[datetime, datetime]:
        if text[:9].isdigit():
            moment = self._epoch(text)
            return moment, moment
        if text[4:5] == "-" and re.search(r"(?:Z|[+-]\d\d:?(?:\d\d)?)$", text[10:]) is None:
            return self._local(datetime.fromisoformat(text))
        moment = parse_moment(text, self._zone)
        return moment, moment

    def _local(self, local: datetime) -> tuple[datetime, datetime]:
        first, last = both_moments(local, self._zone)
        return first, last

    def _epoch(self, text: str) -> datetime:
        found = _EPOCH.match(text)
        if found is None:
            raise ValueError(f"{text!r} is no time")
        return EPOCH + timedelta(0, int(found[1]), int((found[2] or "0").ljust(6, "0")[:6]))

    def _one_of(self, first: datetime, last: datetime, unique_id: str, is_birth: bool) -> datetime:
        """Which of the two moments at which the clock showed this."""
        if (born := _BORN.search(unique_id)) is not None:
            birth = EPOCH + timedelta(seconds=int(born[1]))
            if is_birth:
                return min(first, last, key=lambda moment: abs(moment - birth))
            if first < birth - SLACK:
                return last
        return last if first < self._last - SLACK and last < self._last + LONGEST_GAP else first
