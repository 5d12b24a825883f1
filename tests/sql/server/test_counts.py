"""What is counted, against what is there."""

from collections import Counter
from datetime import UTC, datetime
from typing import get_args

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telegraphone.db import Db
from telegraphone.model import FileId, MediaKey, RecordingState
from telegraphone.sql.recorded.put_recordings import StoredFile, put_file
from telegraphone.sql.server.counts import count_recordings

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def put(db: Db, *states: RecordingState) -> None:
    with db.transaction() as tx:
        tx.run("delete from recordings")
        for n, state in enumerate(states):
            put_file(tx, _file(f"r{n}"), NOW)
            tx.run("update recordings set state = :state where id = :id", state=state, id=f"r{n}")


def _file(id: str) -> StoredFile:
    return StoredFile(
        id=FileId(id), pbx="pbx1", unique_id="", state="available", duration_s=1.5, channels=1, format="wav", bytes=100, sha256="aa" * 32,
        media_key=MediaKey(f"k/{id}"), source_path=f"/m/{id}.wav", source_mtime=7, flaws=(),
    )  # fmt: skip


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(states=st.lists(st.sampled_from(get_args(RecordingState)), max_size=12))
def test_recordings_are_counted_by_state(db: Db, states: list[RecordingState]) -> None:
    put(db, *states)
    with db.transaction("read") as tx:
        assert count_recordings(tx) == Counter(states)
