"""Secrets: how they are made, kept and compared. A key or a session's secret is random, so its plain SHA-256 can be kept; a password is
hashed slowly. None can be had again."""

import hashlib
import hmac
import secrets
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argon2 import PasswordHasher

PREFIX = "tg_"
"""So that a key is recognised where it should not be: in a log, a ticket, a repository."""


def new_key() -> tuple[str, str]:
    """A new secret, shown once, and the hash by which it is known."""
    secret = PREFIX + secrets.token_urlsafe(32)
    return secret, sha256_of(secret)


def new_session() -> tuple[str, str]:
    """The secret of a session's cookie, and the hash by which it is known."""
    secret = secrets.token_urlsafe(32)
    return secret, sha256_of(secret)


def sha256_of(secret: str | bytes) -> str:
    """What is kept of a secret. A token is opaque: whatever bytes the header holds."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass") if isinstance(secret, str) else secret).hexdigest()


def same(one: str, other: str) -> bool:
    """Whether two hashes are equal, in a time that tells nothing of where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())


def new_password() -> str:
    """A first password that nobody chose."""
    return secrets.token_urlsafe(12)


def hash_password(password: str) -> str:
    """What is kept of a password (argon2id, with a salt of its own). Takes a tenth of a second and 64 MiB, on purpose."""
    return _hasher().hash(password)


def verify_password(kept: str | None, password: str) -> bool:
    """Whether this is the password. Without one that is kept it takes as long: who waits learns nothing."""
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return _hasher().verify(kept or _nobodys(), password) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher  # heavy: only where somebody signs in

    return PasswordHasher()


@cache
def _nobodys() -> str:
    return hash_password(secrets.token_urlsafe(16))


FREE, MOST_S = {"account": 5, "place": 5, "address": 20}, {"account": 60, "place": 900, "address": 900}
"""Failures that cost nothing yet, and the longest wait. An account's is short: who guesses from elsewhere must not lock its owner out."""


def wait_after(failures: int, subject: str) -> int:
    """Seconds from the last failure until the next attempt: they double with each."""
    beyond = failures - FREE[subject]
    return 0 if beyond < 0 else int(min(2.0 ** min(beyond, 30), MOST_S[subject]))
