"""Where audio lives. A few verbs, streamed; a place is one file here and one line in BACKENDS."""

from collections.abc import AsyncIterator, Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

import msgspec

from ..errors import BadSetting, Invalid
from ..model import MediaKey

PROBES = "readyz/"
"""Below this, keys are of files that only show whether one can write and read; what a crash left of them is nobody's."""
BACKENDS = {"file": "local:LocalMedia", "memory": "memory:MemoryMedia", "s3": "s3:S3Media"}


class MediaSettings(msgspec.Struct, frozen=True):
    """What a bucket needs beside its name; empty: as the environment or the machine's own role has it."""

    endpoint: str = ""
    region: str = ""
    access_key: str = ""
    secret_key: str = ""


class Stored(msgspec.Struct, frozen=True):
    """What was put: how many bytes, and which (SHA-256, hex)."""

    bytes: int
    sha256: str


class FileIn(msgspec.Struct, frozen=True):
    """A file that is to be copied, to a key that its SHA-256 (hex) decides with."""

    path: Path | str
    key_of: Callable[[str], MediaKey]


Kept = tuple[MediaKey, Stored] | OSError
"""What became of a file: where its copy is, or why it could not be read."""


class Media(Protocol):
    """The contract. tests/media/test_contract.py holds every backend to it."""

    async def put(self, key: MediaKey, chunks: AsyncIterator[bytes]) -> Stored:
        """Store all chunks or nothing, on the disk when this returns. The same bytes again are fine, other bytes are a Conflict."""
        ...

    async def put_files(self, files: Sequence[FileIn]) -> Sequence[Kept]:
        """Store copies of many files as `put` would, all of them on the disk when this returns. One that cannot be read ends no other."""
        ...

    def get(self, key: MediaKey, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from start up to end, in pieces. Raises NotFound at the first."""
        ...

    async def size(self, key: MediaKey) -> int:
        """How many bytes. Raises NotFound."""
        ...

    async def remove(self, key: MediaKey) -> None:
        """Forget it. No error when it is not there."""
        ...

    def path(self, key: MediaKey) -> Path | None:
        """A file of this machine that holds it, for sending it whole; None where there is no such thing."""
        ...

    def list(self, prefix: str = "") -> AsyncIterator[MediaKey]:
        """The keys in this folder and below, in no order."""
        ...


_NO_SETTINGS = MediaSettings()


def open_media(url: str, settings: MediaSettings = _NO_SETTINGS) -> Media:
    """`file:///folder`, `s3://bucket/prefix` or `memory://`."""
    scheme, _, rest = url.partition("://")
    if scheme not in BACKENDS:
        raise BadSetting(f"media: {url!r}: allowed are {', '.join(f'{name}://…' for name in sorted(BACKENDS))}")
    module, _, name = BACKENDS[scheme].partition(":")
    return cast(Media, getattr(import_module(f"{__name__}.{module}"), name)(rest, settings))


def safe_parts(key: str) -> list[str]:
    """The folders and the name of a key. A key that leads anywhere else than down is refused, whoever made it."""
    parts = key.split("/")
    if len(key.encode("utf-8", "replace")) > 900 or not key.isprintable():
        raise Invalid(f"bad media key {key[:80]!r}")
    if any(not part or part.startswith(".") or "\\" in part or len(part.encode()) > 255 for part in parts):
        raise Invalid(f"bad media key {key[:80]!r}")
    return parts
