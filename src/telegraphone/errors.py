"""Everything that can go wrong on purpose. Each error knows its stable code and HTTP status."""

from typing import ClassVar

import msgspec


class FieldError(msgspec.Struct, frozen=True):
    """One thing that is wrong with what was sent: which field, and why."""

    field: str
    reason: str


class TelegraphoneError(Exception):
    """Anything else that escapes is a bug and becomes a 500."""

    code: ClassVar[str] = "internal"
    title: ClassVar[str] = "Internal error"
    status: ClassVar[int] = 500

    def __init__(self, detail: str = "", *errors: FieldError) -> None:
        super().__init__(detail)
        self.detail, self.errors = detail, errors


class Invalid(TelegraphoneError):
    """The request does not make sense; `errors` names the fields."""

    code, title, status = "invalid", "Invalid request", 400


class Unauthenticated(TelegraphoneError):
    """No token, or one that nobody was given."""

    code, title, status = "unauthenticated", "Authentication required", 401


class Forbidden(TelegraphoneError):
    """A known key that lacks the right to this action."""

    code, title, status = "forbidden", "Not allowed", 403


class NotFound(TelegraphoneError):
    """There is no such thing, or this actor may not know that there is."""

    code, title, status = "not_found", "Not found", 404


class Conflict(TelegraphoneError):
    """It would overwrite, or mean two things at once."""

    code, title, status = "conflict", "Conflict", 409


class TooLarge(TelegraphoneError):
    """The body is larger than this address takes."""

    code, title, status = "too_large", "Too large", 413


class TooManyAttempts(TelegraphoneError):
    """It was tried too often; `after_s` seconds from now it may be tried again."""

    code, title, status = "too_many_attempts", "Too many attempts", 429

    def __init__(self, after_s: int) -> None:
        super().__init__(f"too many attempts failed; try again in {after_s} s")
        self.after_s = after_s


class Unavailable(TelegraphoneError):
    """Something outside does not answer now; try again. `away`: what, in one word, if it is the database, the media store or a disk."""

    code, title, status = "unavailable", "Unavailable", 503

    def __init__(self, detail: str = "", away: str = "") -> None:
        super().__init__(detail)
        self.away = away


class TooSlow(TelegraphoneError):
    """A question that was stopped because it took too long; `errors` says what to narrow."""

    code, title, status = "too_slow", "Too much to look through", 503


class BadSetting(TelegraphoneError):
    """A setting that does not exist or has no meaning: the server does not start."""

    code, title, status = "bad_setting", "Bad setting", 500


def invalid(field: str, reason: str) -> Invalid:
    """The usual case: one field is wrong."""
    return Invalid(f"{field}: {reason}", FieldError(field, reason))
