"""What every place for audio promises."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from telegraphone.errors import BadSetting, Conflict, Invalid, NotFound, Unavailable
from telegraphone.media import FileIn, Media, MediaSettings, Stored, open_media
from telegraphone.model import MediaKey

LARGE = bytes(range(256)) * 51_200  # 13 MiB: three parts of an upload
KEY = MediaKey("pbx1/2026/01/01/a.wav")


@pytest.fixture(params=["memory", "file", "s3"])
def media(request: pytest.FixtureRequest, tmp_path: Path) -> Media:
    if request.param == "s3":
        server = request.getfixturevalue("s3")
        settings = MediaSettings(server.endpoint, server.region, server.access_key, server.secret_key)
        return open_media(request.getfixturevalue("s3_media"), settings)
    return open_media({"memory": "memory://", "file": f"file://{tmp_path}/media"}[request.param])


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def pieces(blob: bytes, size: int = 200_000) -> AsyncIterator[bytes]:
    for at in range(0, len(blob), size):
        yield blob[at : at + size]


async def read(media: Media, *where: int | None) -> bytes:
    return b"".join([chunk async for chunk in media.get(KEY, *where)])  # type: ignore[arg-type]


def test_what_was_put_is_got_back(media: Media) -> None:
    async def go() -> None:
        assert await media.put(KEY, chunks(b"hello ", b"", b"world")) == Stored(11, hashlib.sha256(b"hello world").hexdigest())
        assert await read(media) == b"hello world"
        assert await media.size(KEY) == 11

    asyncio.run(go())


@pytest.mark.parametrize("where", [(0, 1), (6,), (1, 4), (10, None), (0, 11), (5, 400)])
def test_a_range_is_byte_exact(media: Media, where: tuple[int, ...]) -> None:
    async def go() -> None:
        await media.put(KEY, chunks(b"hello world"))
        assert await read(media, *where) == b"hello world"[slice(*where) if len(where) > 1 else slice(where[0], None)]

    asyncio.run(go())


@pytest.mark.parametrize("where", [(3, 3), (11,), (12,), (400, 500), (4, 2)])
def test_a_range_without_bytes_is_empty(media: Media, where: tuple[int, ...]) -> None:
    async def go() -> None:
        await media.put(KEY, chunks(b"hello world"))
        assert await read(media, *where) == b""

    asyncio.run(go())


def test_a_large_file_comes_back_whole_and_in_ranges(media: Media) -> None:
    async def go() -> None:
        stored = await media.put(KEY, pieces(LARGE))
        assert stored == Stored(len(LARGE), hashlib.sha256(LARGE).hexdigest())
        assert await read(media) == LARGE
        for start, end in [(5_242_879, 5_242_881), (1, len(LARGE) - 1), (7_000_001, 12_000_003), (len(LARGE) - 1, len(LARGE))]:
            assert await read(media, start, end) == LARGE[start:end]

    asyncio.run(go())


@pytest.mark.parametrize("blob", [b"", b"small", LARGE], ids=["empty", "small", "large"])
def test_the_same_bytes_again_are_fine_and_others_are_refused(media: Media, blob: bytes) -> None:
    async def go() -> None:
        assert await media.put(KEY, pieces(blob)) == await media.put(KEY, pieces(blob))
        with pytest.raises(Conflict):
            await media.put(KEY, chunks(b"other"))
        with pytest.raises(Conflict):
            await media.put(KEY, pieces(b"x" + LARGE))
        assert await read(media) == blob

    asyncio.run(go())


@pytest.mark.parametrize("count", [1, 3, 20])
def test_many_files_at_once(media: Media, tmp_path: Path, count: int) -> None:
    """As if each were put alone; those that cannot be read end no other, and the same again is fine."""
    blobs = {f"{number}.wav": b"sound" * number for number in range(count)}
    for name, blob in blobs.items():
        (tmp_path / name).write_bytes(blob)
    (tmp_path / "folder.wav").mkdir()
    names = [*blobs, "none.wav", "folder.wav"]

    def key_of(name: str) -> Callable[[str], MediaKey]:
        return lambda sha256: MediaKey(f"a/{name}-{sha256[:8]}.wav")

    async def go() -> None:
        files = [FileIn(tmp_path / name, key_of(name)) for name in names]
        for _ in range(2):
            kept = await media.put_files(files)
            assert [type(one) for one in kept[:count]] == [tuple] * count
            assert [type(one) for one in kept[count:]] == [FileNotFoundError, IsADirectoryError]
            for one, blob in zip(kept, blobs.values(), strict=False):
                assert not isinstance(one, OSError)
                assert one[1] == Stored(len(blob), hashlib.sha256(blob).hexdigest())
                assert b"".join([chunk async for chunk in media.get(one[0])]) == blob
        assert len([key async for key in media.list()]) == count
        (tmp_path / "other.wav").write_bytes(b"other")
        taken = await media.put_files([FileIn(tmp_path / "0.wav", lambda _: KEY)])
        assert taken[0] == (KEY, Stored(0, hashlib.sha256(b"").hexdigest()))
        with pytest.raises(Conflict):
            await media.put_files([FileIn(tmp_path / "other.wav", lambda _: KEY)])

    asyncio.run(go())
    left = tmp_path / "media" / ".incoming"
    assert not left.exists() or list(left.iterdir()) == []


@pytest.mark.parametrize("begin", [b"half", LARGE], ids=["small", "large"])
def test_an_upload_that_breaks_off_leaves_nothing(media: Media, begin: bytes) -> None:
    async def broken() -> AsyncIterator[bytes]:
        async for piece in pieces(begin):
            yield piece
        raise ConnectionError("gone")

    async def go() -> None:
        with pytest.raises(ConnectionError):
            await media.put(KEY, broken())
        with pytest.raises(NotFound):
            await media.size(KEY)
        assert [key async for key in media.list()] == []
        await media.put(KEY, chunks(b"whole"))
        assert await read(media) == b"whole"

    asyncio.run(go())


def test_what_is_not_there_is_not_found_and_removing_it_is_no_error(media: Media) -> None:
    async def go() -> None:
        with pytest.raises(NotFound):
            await read(media)
        with pytest.raises(NotFound):
            await read(media, 3)
        with pytest.raises(NotFound):
            await media.size(KEY)
        await media.put(KEY, chunks(b"x"))
        await media.remove(KEY)
        await media.remove(KEY)
        with pytest.raises(NotFound):
            await read(media)

    asyncio.run(go())


def test_listing_gives_the_keys_of_a_folder(media: Media) -> None:
    async def go() -> None:
        for key in ("a/b/1", "a/b/2", "a/bc", "d"):
            await media.put(MediaKey(key), chunks(b"x"))
        assert sorted([key async for key in media.list()]) == ["a/b/1", "a/b/2", "a/bc", "d"]
        assert sorted([key async for key in media.list("a/b")]) == ["a/b/1", "a/b/2"]
        assert [key async for key in media.list("nothing/here")] == []

    asyncio.run(go())


@pytest.mark.parametrize("key", ["", "/etc/passwd", "../x", "a/../../x", "a//b", "a/./b", ".incoming/x", "a\0b", "a\\b", "a\n", "x" * 300])
def test_a_key_that_leads_elsewhere_is_refused(media: Media, key: str) -> None:
    async def go() -> None:
        with pytest.raises(Invalid):
            await media.put(MediaKey(key), chunks(b"x"))
        with pytest.raises(Invalid):
            await anext(media.get(MediaKey(key)))

    asyncio.run(go())


def test_two_that_put_one_key_at_once_agree(media: Media) -> None:
    async def go() -> None:
        results = await asyncio.gather(*(media.put(KEY, chunks(text)) for text in (b"a", b"b", b"a", b"b")), return_exceptions=True)
        kept = await read(media)
        assert [isinstance(result, Conflict) for result in results] == [text != kept for text in (b"a", b"b", b"a", b"b")]

    asyncio.run(go())


def test_an_unknown_place_is_a_bad_setting() -> None:
    for url in ("ftp://x/y", "nowhere", "s3://"):
        with pytest.raises(BadSetting):
            open_media(url)


def test_a_bucket_that_does_not_answer_is_unavailable() -> None:
    async def go() -> None:
        media = open_media("s3://bucket/x", MediaSettings("http://127.0.0.1:1", "r", "k", "s"))
        with pytest.raises(Unavailable):
            await media.size(KEY)

    asyncio.run(go())
