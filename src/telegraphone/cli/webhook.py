"""`telegraphone webhook`."""

import asyncio
from datetime import UTC, datetime

import click
import msgspec

from ..access import SYSTEM
from ..db import Db
from ..sql.server.changes import KINDS
from .terminal import as_json, config_in_force, minute, opened, stop, table, tell


@click.group()
def webhook() -> None:
    """Webhooks: programs that are told by HTTP what happens."""


@webhook.command("add")
@click.argument("url")
@click.option("--kind", "kinds", multiple=True, type=click.Choice(KINDS), help="What it is told; can be repeated. Without it: everything.")
@as_json
def webhook_add(url: str, kinds: tuple[str, ...], as_json: bool) -> None:
    """Tell URL what happens from now on. The secret that signs the messages is shown once, here."""
    from ..sql.server.webhooks import add_webhook

    with opened(config_in_force()) as db, db.transaction() as tx:
        added, secret = add_webhook(tx, SYSTEM, url, kinds or KINDS, datetime.now(UTC))
    tell(as_json, {"id": added.id, "url": added.url, "kinds": added.kinds, "secret": secret}, f"Webhook {added.id}; its secret: {secret}")


@webhook.command("list")
@as_json
def webhook_list(as_json: bool) -> None:
    """All webhooks, and how many messages wait and were given up."""
    from ..sql.server.webhooks import list_webhooks

    with opened(config_in_force()) as db, db.transaction("read") as tx:
        found = list_webhooks(tx, SYSTEM)
    columns = ("id", "url", "kinds", "waiting", "failed", "state")
    kinds = [" ".join(one.kinds) if len(one.kinds) < len(KINDS) else "all" for one in found]
    rows = [
        (str(one.id), one.url, kind, str(one.waiting), str(one.failed), "on" if one.is_on else f"off: {one.reason}")
        for one, kind in zip(found, kinds, strict=True)
    ]
    tell(as_json, [msgspec.to_builtins(one) for one in found], table(columns, rows) if rows else "There are no webhooks.")


@webhook.command("remove")
@click.argument("id", type=click.IntRange(min=1))
def webhook_remove(id: int) -> None:
    """Tell it nothing more, and forget what was sent to it."""
    from ..sql.server.webhooks import remove_webhook

    with opened(config_in_force()) as db, db.transaction() as tx:
        remove_webhook(tx, SYSTEM, id)
    click.echo(f"Webhook {id} is removed.")


@webhook.command("deliveries")
@click.argument("id", type=click.IntRange(min=1))
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many, the newest first.")
@as_json
def webhook_deliveries(id: int, limit: int, as_json: bool) -> None:
    """What was sent to a webhook, and what became of it."""
    from ..sql.server.deliveries import list_deliveries

    with opened(config_in_force()) as db, db.transaction("read") as tx:
        found = list_deliveries(tx, SYSTEM, id, limit=limit)
    columns = ("id", "made", "kind", "state", "tries", "status", "next try", "answer")
    rows = [
        (
            str(one.id), minute(one.made_at), one.kind, one.state, str(one.attempts), str(one.status or ""), minute(one.next_at),
            " ".join(one.answer.split())[:60],
        )
        for one in found
    ]  # fmt: skip
    tell(as_json, [msgspec.to_builtins(one) for one in found], table(columns, rows) if rows else "Nothing was sent yet.")


@webhook.command("test")
@click.argument("id", type=click.IntRange(min=1))
def webhook_test(id: int) -> None:
    """Send a message that says nothing, now, and show the answer. Exit status 1 if it was not taken."""
    with opened(config_in_force()) as db:
        is_taken, told = asyncio.run(_test(db, id))
    if not is_taken:
        stop(told)
    click.echo(told)


async def _test(db: Db, id: int) -> tuple[bool, str]:
    from ..jobs.deliver import rest_after, send, tried_of
    from ..posting import post
    from ..sql.server.deliveries import add_test, claim_one, put_tried
    from ..sql.server.webhooks import get_secret

    made = await db.write(add_test, SYSTEM, id, datetime.now(UTC))
    url, secret = await db.read(get_secret, id)
    if await db.write(claim_one, made.id, datetime.now(UTC)) is None:
        return True, "A server sends it already; see `telegraphone webhook deliveries`."
    answer = await send(post, url, secret, made, datetime.now(UTC))
    tried = tried_of(made, answer, datetime.now(UTC))
    await db.write(put_tried, id, [tried], rest_after(1), datetime.now(UTC))
    return tried.state == "done", " ".join(f"{url}: {answer.status or 'no answer:'} {answer.text}".split())
