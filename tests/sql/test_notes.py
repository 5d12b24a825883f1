"""What becomes of notes and marks when calls turn out to be one."""

import msgspec

from telegraphone.access import SYSTEM
from telegraphone.db import Db
from telegraphone.model import CallId
from telegraphone.sql.calls import get_call
from telegraphone.sql.notes import NoteText, add_note, list_notes
from telegraphone.sql.pbx.put_calls import ToPut, put_calls
from telegraphone.sql.reviews import put_review
from tests.each import each
from tests.sql.made import DAY, made, put


@each("marked", ["heir", "gone", "both"])
def test_what_was_written_goes_to_the_call_that_remains(db: Db, marked: str) -> None:
    main, other = made(1), made(2)
    heir, gone = put(db, main, other, pbx=f"pbx {marked}")
    with db.transaction() as tx:
        for id, name in ((heir, "heir"), (gone, "gone")):
            add_note(tx, SYSTEM, id, NoteText(text=name), DAY)
            if marked in (name, "both"):
                put_review(tx, SYSTEM, id, name, DAY)
        _join(tx, f"pbx {marked}", heir, gone, main, other)
        assert [note.text for note in list_notes(tx, SYSTEM, heir)] == ["heir", "gone"]
        stored = get_call(tx, SYSTEM, heir)
        assert stored.review and (stored.review.comment, stored.notes) == ("gone" if marked == "gone" else "heir", 2)


def _join(tx, pbx, heir: CallId, gone: CallId, main, other) -> None:  # type: ignore[no-untyped-def]
    cluster = tx.one("select cluster_id from calls where id = :id", id=heir)["cluster_id"]
    tx.run("update calls set cluster_id = :cluster where id = :id", cluster=cluster, id=gone)
    whole = msgspec.structs.replace(main, unique_ids=(*main.unique_ids, *other.unique_ids))
    assert put_calls(tx, pbx, [ToPut(cluster, (whole,))], "FR", DAY) == {heir, gone}
