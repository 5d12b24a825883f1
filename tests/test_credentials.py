"""Keys: how they are made, compared, kept, and believed for a while."""

import asyncio
from datetime import UTC, datetime

import pytest
from starlette.requests import Request

from telegraphone.access import SYSTEM, Actor
from telegraphone.credentials import hash_password, new_key, new_password, same, sha256_of, verify_password
from telegraphone.db import Db
from telegraphone.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from telegraphone.sql.people.api_keys import add_key, find_key, list_keys, revoke_key
from telegraphone.web.who import CACHED_S, MOST_CACHED, Keys

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_a_key_is_long_random_and_known_by_its_hash() -> None:
    secret, sha256 = new_key()
    assert secret.startswith("tg_")
    assert len(secret) > 40
    assert sha256 == sha256_of(secret) == sha256_of(secret.encode())
    assert new_key()[0] != secret


def test_comparing() -> None:
    assert same(sha256_of("a"), sha256_of("a"))
    assert not same(sha256_of("a"), sha256_of("b"))
    assert not same("", sha256_of(""))


def test_keys_are_kept_hashed_and_listed(db: Db) -> None:
    secret, sha256 = new_key()
    with db.transaction() as tx:
        added = add_key(tx, SYSTEM, "crm", ["attach", "read"], sha256, NOW)
        assert (added.name, added.rights, added.revoked_at) == ("crm", ("read", "attach"), None)
        assert list_keys(tx, SYSTEM) == [added]
        assert find_key(tx, sha256) == added
        assert find_key(tx, secret) is None
        assert secret not in str(tx.all("select * from api_keys"))


def test_a_revoked_key_is_kept_and_opens_nothing(db: Db) -> None:
    with db.transaction() as tx:
        add_key(tx, SYSTEM, "crm", ["read"], "hash", NOW)
        revoke_key(tx, SYSTEM, "crm", NOW)
        assert find_key(tx, "hash") is None
        assert [key.revoked_at for key in list_keys(tx, SYSTEM)] == [NOW]
        with pytest.raises(NotFound):
            revoke_key(tx, SYSTEM, "crm", NOW)
        with pytest.raises(Conflict, match="is or was a key"):
            add_key(tx, SYSTEM, "crm", ["read"], "other", NOW)


@pytest.mark.parametrize(("name", "rights"), [
    ("", ["read"]), ("a\nb", ["read"]), ("x" * 101, ["read"]), ("token", ["read"]), ("crm", []), ("crm", ["fly"]),
])  # fmt: skip
def test_bad_keys(db: Db, name: str, rights: list[str]) -> None:
    with db.transaction() as tx, pytest.raises(Invalid):
        add_key(tx, SYSTEM, name, rights, "hash", NOW)


def test_only_an_admin_gives_rights(db: Db) -> None:
    actor = Actor("crm", frozenset({"read"}))
    with db.transaction() as tx:
        for attempt in (
            lambda: add_key(tx, actor, "more", ["admin"], "hash", NOW), lambda: list_keys(tx, actor),
            lambda: revoke_key(tx, actor, "crm", NOW),
        ):  # fmt: skip
            with pytest.raises(Forbidden):
                attempt()


class Ticks:
    """Seconds that a test lets pass."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def request(token: bytes) -> Request:
    return Request({"type": "http", "headers": [(b"x-auth-token", token)], "client": ("192.0.2.7", 5)})


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


def test_a_key_is_believed_for_five_seconds(db: Db, ticks: Ticks) -> None:
    secret, sha256 = new_key()
    with db.transaction() as tx:
        add_key(tx, SYSTEM, "crm", ["read"], sha256, NOW)
    keys = Keys(db, "token", ticks)
    assert asyncio.run(keys.get_actor(request(secret.encode()))) == Actor("crm", frozenset({"read"}), "192.0.2.7")
    with db.transaction() as tx:
        revoke_key(tx, SYSTEM, "crm", NOW)
    ticks.now = CACHED_S - 0.1
    assert asyncio.run(keys.get_actor(request(secret.encode()))).name == "crm"
    ticks.now = CACHED_S
    with pytest.raises(Unauthenticated):
        asyncio.run(keys.get_actor(request(secret.encode())))


def test_guessing_needs_no_memory(db: Db, ticks: Ticks) -> None:
    keys = Keys(db, "token", ticks)

    async def guess() -> None:
        for n in range(MOST_CACHED + 10):
            with pytest.raises(Unauthenticated):
                await keys.get_actor(request(f"guess {n}".encode()))

    asyncio.run(guess())
    assert len(keys._known) <= MOST_CACHED


def test_a_token_may_be_any_bytes(db: Db) -> None:
    token = "u@pf#41[gYHJm<]9N[a0iWDQQ7`e9k"
    assert asyncio.run(Keys(db, token).get_actor(request(token.encode()))).name == "token"
    for wrong in (b"\xff\xfe", b"\0", token.encode() + b"\0"):
        with pytest.raises(Unauthenticated):
            asyncio.run(Keys(db, token).get_actor(request(wrong)))


def test_passwords_are_kept_as_slow_hashes() -> None:
    kept = hash_password("correct horse battery")
    assert kept.startswith("$argon2id$")
    assert kept != hash_password("correct horse battery"), "each has a salt of its own"
    assert verify_password(kept, "correct horse battery")
    for hashed, password in ((kept, "Correct horse battery"), (kept, ""), (None, "x"), ("", "x"), ("no hash", "x")):
        assert not verify_password(hashed, password)
    assert len({new_password() for _ in range(10)}) == 10
