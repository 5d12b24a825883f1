"""Who alone may do something now: held for some seconds at a time, so that the death of the holder ends it."""

from datetime import datetime, timedelta

from ...db import Tx, micros

LEASE = timedelta(seconds=10)


def take_lease(tx: Tx, name: str, holder: str, now: datetime) -> bool:
    """Whether the lease is the holder's from now on: it was free or over, or his already, which prolongs it.

    One that ends later than any could by this clock was given before a clock was set back; it binds nobody.
    """
    found = tx.one(
        "insert into leases (name, holder, until) values (:name, :holder, :until)"
        " on conflict (name) do update set holder = excluded.holder, until = excluded.until"
        " where leases.holder = excluded.holder or leases.until <= :now or leases.until > :latest"
        " returning holder",
        name=name, holder=holder, until=micros(now + LEASE), now=micros(now), latest=micros(now + 2 * LEASE),
    )  # fmt: skip
    return found is not None


def release_lease(tx: Tx, name: str, holder: str) -> None:
    """Give it back before it is over, if it is still the holder's."""
    tx.run("delete from leases where name = :name and holder = :holder", name=name, holder=holder)
