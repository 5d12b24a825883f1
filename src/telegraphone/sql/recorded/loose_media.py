"""Media keys that no recording names: audio on its way in, and what is to be removed (`loose_media`).

A key is loose before the first byte is put under it. Either a recording takes it, or its time runs out and the audio is removed: which of
the two is settled by the row, so the clocks of several machines need not agree.
"""

from datetime import datetime

from ...db import Tx, micros
from ...model import MediaKey

PAGE = 100


def put_loose(tx: Tx, key: MediaKey, until: datetime) -> None:
    """This key is loose, and is to be removed from that moment on. A key is never given to two uploads."""
    tx.run("insert into loose_media (media_key, until) values (:key, :until)", key=key, until=micros(until))


def prolong_loose(tx: Tx, key: MediaKey, until: datetime) -> None:
    """Its bytes are still being put."""
    tx.run("update loose_media set until = :until where media_key = :key and until > 0", key=key, until=micros(until))


def take_loose(tx: Tx, key: MediaKey) -> bool:
    """Whether a recording may have it: it is loose no more, unless it is being removed already."""
    return bool(tx.run("delete from loose_media where media_key = :key and until > 0", key=key))


def is_loose(tx: Tx, key: MediaKey) -> bool:
    """Whether it is loose, or being removed."""
    return tx.one("select media_key from loose_media where media_key = :key", key=key) is not None


def has_over(tx: Tx, now: datetime) -> bool:
    """Whether there is anything to be removed."""
    return tx.one("select media_key from loose_media where until <= :now limit 1", now=micros(now)) is not None


def claim_over(tx: Tx, now: datetime) -> list[MediaKey]:
    """Some keys whose time is over. From here on no recording can take them."""
    tx.run("update loose_media set until = 0 where until <= :now", now=micros(now))
    return [MediaKey(row["media_key"]) for row in tx.all(f"select media_key from loose_media where until = 0 limit {PAGE}")]


def forget_loose(tx: Tx, keys: list[MediaKey]) -> None:
    """Their audio was removed."""
    keys_ = tx.dialect.list_argument(list(keys))
    tx.run(f"delete from loose_media where until = 0 and {tx.dialect.any_of('media_key', 'keys')}", keys=keys_)
