"""Secrets: how keys are made, kept and compared. A key is random, so its plain SHA-256 can be kept; the key itself cannot be had again."""

import hashlib
import hmac
import secrets

PREFIX = "tg_"
"""So that a key is recognised where it should not be: in a log, a ticket, a repository."""


def new_key() -> tuple[str, str]:
    """A new secret, shown once, and the hash by which it is known."""
    secret = PREFIX + secrets.token_urlsafe(32)
    return secret, sha256_of(secret)


def sha256_of(secret: str | bytes) -> str:
    """What is kept of a secret. A token is opaque: whatever bytes the header holds."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass") if isinstance(secret, str) else secret).hexdigest()


def same(one: str, other: str) -> bool:
    """Whether two hashes are equal, in a time that tells nothing of where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())
