"""/webhooks: who is told of changes by HTTP, and what became of each message."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ....db import Tx
from ....posting import LONGEST_URL, RECEIVER
from ....sql.server.changes import KINDS, Kind
from ....sql.server.deliveries import Delivery, State, add_test, list_deliveries
from ....sql.server.webhooks import Webhook, add_webhook, list_webhooks, remove_webhook
from ....web.endpoint import Asked
from ....web.fields import PageSize, parse_call_id


class WebhookBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where to send messages, and of which kinds; without `kinds`: of all."""

    url: Annotated[str, Meta(pattern=RECEIVER, max_length=LONGEST_URL, examples=["https://crm.example/calls"])]
    kinds: Annotated[tuple[Kind, ...], Meta(min_length=1)] | UnsetType = UNSET


class NewWebhook(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook and the secret that signs its messages, which is shown this once."""

    id: int
    url: str
    kinds: tuple[str, ...]
    secret: str


class DeliveriesQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Newest first; `cursor`: the page before's `next`."""

    cursor: Annotated[str, Meta(pattern="^[0-9]{1,18}$")] | UnsetType = UNSET
    limit: PageSize = 50


class DeliveryBody(msgspec.Struct, frozen=True, kw_only=True):
    """One message. `state`: `waiting` until it is taken (`done`) or given up (`failed`). `status` and `answer` are of the last try."""

    id: int
    message: str
    kind: str
    made_at: datetime
    state: State
    attempts: int
    tried_at: datetime | None
    next_at: datetime | None
    status: int | None
    answer: str
    body: Any


class DeliveriesPage(msgspec.Struct, frozen=True, kw_only=True):
    """`next`: the cursor of the following page, null at the end."""

    items: list[DeliveryBody]
    next: str | None


async def list_all(asked: Asked[None, None]) -> list[Webhook]:
    """All webhooks, without their secrets, and how many messages wait and were given up."""
    return await asked.db.read(list_webhooks, asked.actor)


async def add_one(asked: Asked[None, WebhookBody]) -> NewWebhook:
    """Set up a webhook. It is told what happens from now on."""
    kinds = KINDS if isinstance(asked.body.kinds, UnsetType) else asked.body.kinds
    added, secret = await asked.db.write(_add, asked, kinds)
    return NewWebhook(id=added.id, url=added.url, kinds=added.kinds, secret=secret)


def _add(tx: Tx, asked: Asked[None, WebhookBody], kinds: tuple[Kind, ...]) -> tuple[Webhook, str]:
    return add_webhook(tx, asked.actor, asked.body.url, kinds, asked.now)


async def remove_one(asked: Asked[None, None]) -> None:
    """Tell it nothing more, and forget what was sent to it."""
    await asked.db.write(remove_webhook, asked.actor, _id(asked))


async def list_sent(asked: Asked[DeliveriesQuery, None]) -> DeliveriesPage:
    """What was sent to a webhook in the last week, and what became of it, newest first."""
    cursor = None if isinstance(asked.query.cursor, UnsetType) else int(asked.query.cursor)
    found = await asked.db.read(list_deliveries, asked.actor, _id(asked), cursor=cursor, limit=asked.query.limit)
    return DeliveriesPage(items=[_body(one) for one in found], next=str(found[-1].id) if len(found) == asked.query.limit else None)


async def send_test(asked: Asked[None, None]) -> DeliveryBody:
    """Send a message of the kind `webhook.test` that says nothing; the deliveries tell what became of it."""
    return _body(await asked.db.write(add_test, asked.actor, _id(asked), asked.now))


def _id(asked: Asked[Any, Any]) -> int:
    return int(parse_call_id(asked.path("webhook")))


def _body(one: Delivery) -> DeliveryBody:
    told = {name: getattr(one, name) for name in DeliveryBody.__struct_fields__ if name != "body"}
    return DeliveryBody(**told, body=msgspec.json.decode(one.body))
