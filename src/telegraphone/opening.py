"""From the configuration to what it names: the one place where settings of one edge are given to another."""

import os

from .config import Config
from .db import Db, Limits, open_db
from .interpret import Settings
from .media import Media, MediaSettings, open_media
from .migrate import migrate


def settings_of(config: Config) -> Settings:
    """What interpretation needs of the configuration."""
    return Settings(trunk_contexts=config.trunk_contexts, trunk_endpoints=config.trunk_endpoints, country=config.country)


def media_of(config: Config) -> Media:
    """The place for audio."""
    return open_media(config.media, MediaSettings(config.s3_endpoint, config.s3_region, config.s3_access_key, config.s3_secret_key))


SERVED = 8
"""So many questions a server asks at a time: some of a tenth of a second each must not make all others wait."""


def limits_of(config: Config) -> Limits:
    """Slow questions get half of the cores, so that the others are answered meanwhile."""
    return Limits(config.statement_timeout, slow=max(1, (os.cpu_count() or 1) // 2))


def db_of(config: Config, *, readers: int = 4, limits: Limits | None = None) -> Db:
    """The database, its schema brought up to date. A server gives `limits_of`; commands take the time that they need."""
    db = open_db(config.database, readers=readers, limits=limits)
    try:
        migrate(db)
    except BaseException:
        db.close()
        raise
    return db
