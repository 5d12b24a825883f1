"""From the configuration to what it names: the one place where settings of one edge are given to another."""

from .config import Config
from .db import Db, open_db
from .interpret import Settings
from .media import Media, MediaSettings, open_media
from .migrate import migrate


def settings_of(config: Config) -> Settings:
    """What interpretation needs of the configuration."""
    return Settings(trunk_contexts=config.trunk_contexts, trunk_endpoints=config.trunk_endpoints, country=config.country)


def media_of(config: Config) -> Media:
    """The place for audio."""
    return open_media(config.media, MediaSettings(config.s3_endpoint, config.s3_region, config.s3_access_key, config.s3_secret_key))


def db_of(config: Config, *, readers: int = 4) -> Db:
    """The database, its schema brought up to date."""
    db = open_db(config.database, readers=readers)
    try:
        migrate(db)
    except BaseException:
        db.close()
        raise
    return db
