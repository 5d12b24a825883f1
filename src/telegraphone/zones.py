"""Wall-clock times and the moments they mean: a PBX writes local times without a zone, and people ask with them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

SECOND = timedelta(seconds=1)


def moment_from_local(local: str | datetime, zone: ZoneInfo) -> datetime:
    """The moment of a wall-clock time: the earlier one where the clock repeats it, the end of the gap where the clock skips it."""
    return both_moments(_naive(local) if isinstance(local, str) else local, zone)[0]


def both_moments(local: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The first and the last moment at which a clock on the wall shows this; nearly always they are one."""
    try:
        first, last = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    except OverflowError:
        raise ValueError(f"{local} is out of range") from None
    if first > last:
        first = last = _end_of_gap(last, first, zone)
    return first, last


def parse_moment(text: str, zone: ZoneInfo) -> datetime:
    """`yyyy-MM-dd HH:mm:ss` or `yyyy-MM-dd` (its midnight) in this zone, or ISO 8601 with an offset. ValueError for anything else."""
    moment = _iso(text)
    if moment.tzinfo is None:
        return moment_from_local(moment, zone)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{text!r} is out of range") from None


def offsets(since: datetime, before: datetime, zone: ZoneInfo) -> list[tuple[datetime, timedelta]]:
    """From when on which offset from UTC holds in this span; the first entry is at `since`."""
    found = [(since, _offset(since, zone))]
    at = since
    while at < before:
        following = min(at + timedelta(days=1), before)
        if (offset := _offset(following, zone)) != found[-1][1]:
            found.append((_change(at, following, zone), offset))
        at = following
    return found


def _offset(at: datetime, zone: ZoneInfo) -> timedelta:
    offset = at.astimezone(zone).utcoffset()
    assert offset is not None
    return offset


def _change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The second between these two at which the offset becomes what it is at the later one."""
    offset = _offset(after, zone)
    while after - before > SECOND:
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if middle <= before:
            break
        before, after = (before, middle) if _offset(middle, zone) == offset else (middle, after)
    return after.replace(microsecond=0)


def _naive(text: str) -> datetime:
    local = _iso(text)
    if local.tzinfo is not None:
        raise ValueError(f"{text!r} has an offset")
    return local


def _iso(text: str) -> datetime:
    # Python also reads basic and week forms (`20260101`, `2026-W01`), in which a telephone number could pass for a date.
    if text[4:5] != "-" or text[7:8] != "-" or not text.isascii():
        raise ValueError(f"{text!r} is neither yyyy-MM-dd HH:mm:ss nor ISO 8601")
    return datetime.fromisoformat(text)


def _end_of_gap(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The moment between these two at which the clock is put forward."""
    offset = after.astimezone(zone).utcoffset()
    before, after = before.replace(microsecond=0), after.replace(microsecond=0) + SECOND
    while after - before > SECOND:
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after
