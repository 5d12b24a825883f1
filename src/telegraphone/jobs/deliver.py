"""Tell webhooks what happened. Each is served by itself, so a slow one holds nobody up; every worker does it, a claim says who sends what.

A message is sent at least once: it is written down as taken after the answer came, and who is killed in between leaves a claim that ends.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

import msgspec

from ..db import Db
from ..errors import TelegraphoneError
from ..interpret import Settings
from ..logs import get_log
from ..posting import Answer, post
from ..signing import signature
from ..sql.server.deliveries import (
    GIVE_UP,
    LONGEST_WAIT,
    Delivery,
    Due,
    State,
    Tried,
    claim_deliveries,
    find_due,
    put_deliveries,
    put_tried,
    release_deliveries,
)
from ..sql.server.webhooks import get_secret

EVERY_S = 0.5
AT_ONCE = 8
"""So many requests to one webhook are open at most, in one worker."""
FIRST_WAIT = timedelta(seconds=5)
LONGEST_REST = timedelta(minutes=5)
Post = Callable[[str, Mapping[str, str], bytes], Awaitable[Answer]]
_log = get_log()


class Deliverer:
    """One for the process."""

    def __init__(self, post: Post = post) -> None:
        self._post = post
        self._rounds: dict[int, asyncio.Task[None]] = {}
        self._held: set[int] = set()

    async def work(self, db: Db, settings: Settings, now: datetime) -> bool:
        """Make deliveries of what is new, and begin to send what is due; whether there is more to make."""
        is_new, due = await db.read(find_due, now)
        is_more = await db.write(put_deliveries, now) if is_new else False
        for one in due:
            if one.webhook_id not in self._rounds:
                self._rounds[one.webhook_id] = asyncio.create_task(self._serve(db, one, now))
        return is_more

    async def end(self, db: Db) -> None:
        """Let others send at once what we began."""
        rounds = list(self._rounds.values())
        for task in rounds:
            task.cancel()
        await asyncio.gather(*rounds, return_exceptions=True)
        await db.write(release_deliveries, sorted(self._held))

    async def _serve(self, db: Db, due: Due, began: datetime) -> None:
        """Some at a time until nothing is due or one fails. After failures it begins with one alone."""
        clock = asyncio.get_running_loop().time
        zero, limit = clock(), AT_ONCE if not due.failures else 1
        try:
            while await self._some(db, due, limit, lambda: began + timedelta(seconds=clock() - zero)):
                limit = AT_ONCE
        except TelegraphoneError as error:  # it was removed, or the database is away: what was claimed comes back by itself
            _log.debug("deliveries are not written down", webhook=due.webhook_id, reason=error.detail)
        except Exception:  # a bug: told, and the others go on
            _log.exception("a webhook is not served", webhook=due.webhook_id)
        finally:
            del self._rounds[due.webhook_id]

    async def _some(self, db: Db, due: Due, limit: int, clock: Callable[[], datetime]) -> bool:
        """Claim, send, write down; whether to go on."""
        claimed = await db.write(claim_deliveries, due.webhook_id, limit, now := clock())
        if not claimed:
            return False
        ids = {one.id for one in claimed}
        self._held |= ids
        url, secret = await db.read(get_secret, due.webhook_id)
        answers = await asyncio.gather(*(send(self._post, url, secret, one, now) for one in claimed))
        tries = [tried_of(one, answer, clock()) for one, answer in zip(claimed, answers, strict=True)]
        self._held -= ids
        await db.write(put_tried, due.webhook_id, tries, rest_after(due.failures + 1), clock())
        return all(one.state == "done" for one in tries)


async def send(post: Post, url: str, secret: str, one: Delivery, now: datetime) -> Answer:
    """One try."""
    body, timestamp = one.body.encode(), int(now.timestamp())
    headers = {
        "Content-Type": "application/json", "User-Agent": "Telegraphone", "webhook-id": one.message, "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(secret, one.message, timestamp, body),
    }  # fmt: skip
    return await post(url, headers, body)


def tried_of(one: Delivery, answer: Answer, now: datetime) -> Tried:
    """What an answer means: 2xx is taken, 410 is the end, everything else (a redirect too) is tried again until a day is over."""
    status, is_taken = answer.status, answer.status is not None and 200 <= answer.status < 300
    next_at = now + wait_after(one.attempts + 1)
    is_over = status == 410 or next_at > one.made_at + GIVE_UP
    state: State = "done" if is_taken else "failed" if is_over else "waiting"
    tried = Tried(delivery=one, state=state, status=status, answer=answer.text, is_gone=status == 410)
    return msgspec.structs.replace(tried, next_at=next_at) if state == "waiting" else tried


def wait_after(attempts: int) -> timedelta:
    """How long a message waits after so many tries: doubled each time, and never quite the same."""
    return _jittered(min(FIRST_WAIT * 2 ** min(attempts - 1, 20), LONGEST_WAIT))


def rest_after(failures: int) -> timedelta:
    """How long a webhook is left alone after so many failures in a row."""
    return _jittered(min(timedelta(seconds=1) * 2 ** min(failures - 1, 20), LONGEST_REST))


def _jittered(time: timedelta) -> timedelta:
    return timedelta(seconds=time.total_seconds() * random.uniform(0.8, 1.2))
