"""The figures of calls, on made-up ones whose figures are known."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from telegraphone.access import SYSTEM, Actor
from telegraphone.db import Db
from telegraphone.model import Agent, Call, Queue, QueuePassage
from telegraphone.sql.directory import put_directory
from telegraphone.sql.overview import By, Overview, Span, count_calls_by, span_of
from tests.each import each
from tests.sql.made import DAY, answered_by_agent, at, made, put

UTC_ZONE, PARIS = ZoneInfo("UTC"), ZoneInfo("Europe/Paris")
SPAN = Span(since=DAY - timedelta(hours=8), before=DAY + timedelta(days=2), zone=UTC_ZONE)


def counted(db: Db, by: By = "day", span: Span = SPAN, actor: Actor = SYSTEM, bound: int = 1000) -> Overview:
    with db.transaction("read") as tx:
        return count_calls_by(tx, actor, span, by, bound)


def waited(n: int, wait_s: float, **more: object) -> Call:
    return made(n, outcome="answered", answered_at=at(n + wait_s), ended_at=at(n + wait_s + 60), **more)


def lost(n: int, queue: str = "hotline") -> Call:
    passage = QueuePassage(queue, at(n), "abandoned", 9.0, None, ("2001",))
    return made(n, direction="incoming", outcome="abandoned", ended_at=at(n + 9), queues=(passage,))


def test_by_day(db: Db) -> None:
    next_day = 16 * 3600
    put(db, made(1), waited(2, 4), waited(3, 8.5), lost(4), made(5, outcome="ongoing", ended_at=None), waited(next_day, 30))
    found = counted(db)
    first, second = found.items
    assert (first.key, first.calls, first.answered, first.abandoned, first.ongoing, first.soon) == ("2026-03-02", 5, 2, 1, 1, 2)
    assert (first.wait_s, first.wait_p90_s, first.talk_s, first.recorded) == (6.2, 9, 120.0, 0)
    assert (second.key, second.calls, second.soon, second.wait_s, second.wait_p90_s) == ("2026-03-03", 1, 0, 30.0, 31)
    assert found.total and (found.total.calls, found.total.answered, found.total.wait_s, found.total.wait_p90_s) == (6, 3, 14.2, 31)
    assert found.since == SPAN.since


def test_by_queue_and_agent(db: Db) -> None:
    with db.transaction() as tx:
        put_directory(tx, SYSTEM, "queues", [Queue("3556", "hotline", display_name="Hotline")])
        put_directory(tx, SYSTEM, "agents", [Agent("2001", "", "Emma", "Lefèvre")])
    put(db, answered_by_agent(1, "2001", talked_at=7), answered_by_agent(100, "2002"), lost(200), lost(300, "cars"), made(400))
    queues = counted(db, "queue")
    hotline, cars = queues.items
    assert (hotline.key, hotline.name, hotline.calls, hotline.answered, hotline.abandoned) == ("hotline", "Hotline", 3, 2, 1)
    assert (hotline.wait_s, hotline.talk_s, queues.total) == (1.0, 54.0 + 60.0, None), "what it waited in the queue, not before it"
    assert (cars.key, cars.name, cars.calls, cars.answered, cars.wait_s, cars.wait_p90_s) == ("cars", "", 1, 0, None, None)
    agents = {one.key: one for one in counted(db, "agent").items}
    assert {key: (one.name, one.calls, one.answered) for key, one in agents.items()} == {
        "2001": ("Emma Lefèvre", 3, 1), "2002": ("", 1, 1), "2009": ("", 2, 0),
    }  # fmt: skip
    assert (agents["2001"].talk_s, agents["2001"].wait_s) == (54.0, 6.0)


def test_of_one_queue_and_of_one_direction(db: Db) -> None:
    put(db, lost(1), lost(2, "cars"), made(3))
    for by in ("day", "queue", "agent"):
        (one,) = counted(db, by, msgspec.structs.replace(SPAN, queue="cars")).items  # type: ignore[arg-type]
        assert one.calls == 1
    assert [one.calls for one in counted(db, "day", msgspec.structs.replace(SPAN, direction="internal")).items] == [1]


@each(("wait_s", "told"), [(0, 1), (0.9, 1), (19.9, 20), (59.9, 60), (60, 65), (64.9, 65), (599, 600), (600, 660), (3661, 3720)])
def test_how_exactly_waits_are_told(db: Db, wait_s: float, told: int) -> None:
    n = round(wait_s * 20)
    put(db, waited(n, wait_s))
    span = Span(since=at(n), before=at(n + 1), zone=UTC_ZONE)
    (one,) = counted(db, span=span).items
    assert (one.wait_p90_s, one.soon) == (told, int(wait_s < 20))


def test_nine_in_ten(db: Db) -> None:
    put(db, *(waited(n, n) for n in range(1, 11)))
    assert counted(db).items[0].wait_p90_s == 10


@each(("zone", "days"), [(PARIS, ["2026-03-28", "2026-03-29", "2026-03-30"]), (UTC_ZONE, ["2026-03-28", "2026-03-29"])])
def test_days_are_those_of_the_zone_in_the_night_that_lacks_an_hour(db: Db, zone: ZoneInfo, days: list[str]) -> None:
    """In Paris the 29th begins at 23:00 UTC and ends at 22:00."""
    evening, midnight = datetime(2026, 3, 28, 22, 59, 59, tzinfo=UTC), datetime(2026, 3, 28, 23, tzinfo=UTC)
    moments = [evening, midnight, evening + timedelta(hours=23), midnight + timedelta(hours=23)]
    put(db, *(made(round((moment - DAY).total_seconds())) for moment in moments), pbx=zone.key)
    found = counted(db, span=Span(since=moments[0], before=moments[-1] + timedelta(hours=1), zone=zone))
    assert [one.key for one in found.items] == days
    assert found.total and found.total.calls == 4 * (1 if zone is PARIS else 2), "the second zone finds the calls of the first, too"


def test_only_the_newest_are_counted_and_it_says_so(db: Db) -> None:
    put(db, *(made(n) for n in range(10)))
    for by in ("day", "queue"):
        found = counted(db, by, bound=4)  # type: ignore[arg-type]
        assert (sum(one.calls for one in found.items), found.since) == (4 if by == "day" else 0, at(5) + timedelta(microseconds=1))
    assert counted(db, bound=10).since == SPAN.since


def test_a_call_that_is_understood_otherwise_counts_as_what_it_is_now(db: Db) -> None:
    put(db, made(1))
    put(db, waited(1, 4))
    (one,) = counted(db).items
    assert (one.calls, one.answered) == (1, 1)


def test_nothing_for_who_may_not_read(db: Db) -> None:
    put(db, lost(1))
    for by in ("day", "queue", "agent"):
        assert counted(db, by, actor=Actor("x", frozenset({"ingest"}))).items == []  # type: ignore[arg-type]


NOW = datetime(2026, 3, 2, tzinfo=UTC)


@each(("since", "before", "span"), [
    (None, None, (NOW - timedelta(days=30), NOW)), (None, NOW - timedelta(days=9), (NOW - timedelta(days=39), NOW - timedelta(days=9))),
    (datetime(1, 1, 1, tzinfo=UTC), None, (NOW - timedelta(days=1100), NOW)),
    (None, datetime(9999, 12, 31, tzinfo=UTC), (NOW + timedelta(days=336), NOW + timedelta(days=366))),
    (None, datetime(1, 1, 1, tzinfo=UTC), (datetime(1979, 12, 2, tzinfo=UTC), datetime(1980, 1, 1, tzinfo=UTC))),
])  # fmt: skip
def test_spans(since: datetime | None, before: datetime | None, span: tuple[datetime, datetime]) -> None:
    found = span_of(since, before, NOW, UTC_ZONE)
    assert (found.since, found.before) == span
