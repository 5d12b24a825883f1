"""The store of the benchmarks that is made of parts answers as if all its calls had been made."""

from pathlib import Path

import pytest

from telegraphone.access import SYSTEM
from telegraphone.db import open_db
from telegraphone.numbers import canonical
from telegraphone.sql.calls import CallFilter, list_calls
from telegraphone.sql.last_agent import find_last_agent
from tests.bench.made_calls import BEGINNING, made_calls
from tests.bench.multiplied import build
from tests.bench.store import other_number
from tests.conftest import ENGINES

PART = 200


@pytest.fixture(params=ENGINES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/multiplied.db"
    found: str = request.getfixturevalue("empty_postgres")
    return found


def test_each_part_is_found_by_what_is_its_own(url: str) -> None:
    build(url, 3 * PART, PART)
    first = next(call for call in made_calls(PART) if call.agents)
    db = open_db(url, readers=1)

    with db.transaction("read") as tx:
        assert len(list_calls(tx, SYSTEM, CallFilter(limit=1000))) == 3 * PART
        n = int(first.linked_id[:10]) - 1_700_000_000
        for part in range(3):
            moved = n + part * PART
            caller = other_number(first.caller.number, part)
            case = f"C{moved * 7919 % 1_000_000_007:010}"
            (found,) = list_calls(tx, SYSTEM, CallFilter(unique_id=f"{1_700_000_000 + moved}.1"))
            for wanted in (
                CallFilter(key="case", value=case), CallFilter(caller=caller), CallFilter(number=f"%{caller[-6:]}"),
                CallFilter(key="recording", value=found.recordings[0].id) if found.recordings else CallFilter(),
            ):  # fmt: skip
                assert found.id in [stored.id for stored in list_calls(tx, SYSTEM, wanted)], wanted
            assert find_last_agent(tx, SYSTEM, canonical(caller, "FR"), BEGINNING)
    db.close()
