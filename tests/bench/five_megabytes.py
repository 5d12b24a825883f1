"""Recordings of 5 MB whose audio is really there, and how they are asked for."""

import hashlib
import os
import random
from collections.abc import Sequence
from pathlib import Path

from telegraphone.db import open_db
from tests.bench.answering import Request

FILES, KINDS = 100, 4
FILE_BYTES, RANGE_BYTES = 5_000_044, 65_536


def put_files(url: str, media: Path) -> None:
    """Give some recordings of a made-up store their audio: links to a few files, so it is read from memory."""
    media.mkdir(parents=True)
    kinds = [random.Random(n).randbytes(FILE_BYTES) for n in range(KINDS)]
    for n, kind in enumerate(kinds):
        (media / f"kind{n}").write_bytes(kind)
    db = open_db(url, readers=1)
    for id in ids_with_audio(url):
        n = int(id[4:]) % KINDS
        os.link(media / f"kind{n}", media / f"{id}.wav")
        with db.transaction() as tx:
            tx.run(
                "update recordings set bytes = :bytes, sha256 = :sha256 where id = :id",
                bytes=FILE_BYTES, sha256=hashlib.sha256(kinds[n]).hexdigest(), id=id,
            )  # fmt: skip
    db.close()


def ids_with_audio(url: str) -> list[str]:
    """File ids of these recordings."""
    db = open_db(url, readers=1)
    with db.transaction("read") as tx:
        rows = tx.all("select id from recordings order by id limit :limit", limit=FILES)
    db.close()
    return [row["id"] for row in rows]


def ranges(ids: Sequence[str], path: str, count: int = 300) -> list[Request]:
    """64 KiB from anywhere in any of them; `path` has braces for the id."""
    dice = random.Random(7)
    starts = [dice.randrange(FILE_BYTES - RANGE_BYTES) for _ in range(count)]
    return [Request("GET", path.format(dice.choice(ids)), headers=f"Range: bytes={at}-{at + RANGE_BYTES - 1}\r\n") for at in starts]


def wholes(ids: Sequence[str], path: str) -> list[Request]:
    """Each of them, whole."""
    return [Request("GET", path.format(id)) for id in ids]
