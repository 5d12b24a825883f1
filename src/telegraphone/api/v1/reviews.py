"""/calls/{id}/review: the mark that somebody has reviewed a call."""

import msgspec

from ...sql.reviews import Review, put_review, remove_review
from ...web.endpoint import Asked, Endpoint
from ...web.fields import Written, parse_call_id


class ReviewBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What there is to say of it, if anything."""

    comment: Written = ""


async def put_call_review(asked: Asked[None, ReviewBody]) -> Review:
    """Mark a call as reviewed by oneself. It has one mark; another's is taken over by administrators only."""
    return await asked.db.write(put_review, asked.actor, parse_call_id(asked.path("id")), asked.body.comment, asked.now)


async def remove_call_review(asked: Asked[None, None]) -> None:
    """Take the mark off: one's own, or as an administrator any."""
    await asked.db.write(remove_review, asked.actor, parse_call_id(asked.path("id")), asked.now)


ENDPOINTS = (
    Endpoint(
        method="PUT", path="/calls/{id}/review", function=put_call_review, right="attach", body=ReviewBody, body_is_optional=True,
        answer=Review, also=(404, 409),
    ),
    Endpoint(method="DELETE", path="/calls/{id}/review", function=remove_call_review, right="attach", status=204, also=(404,)),
)  # fmt: skip
