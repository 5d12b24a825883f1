"""Decoding in child processes: what they answer, and that they end."""

import asyncio
import base64
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import psutil
import pytest

from telegraphone import audio_child
from telegraphone.audio import describe
from telegraphone.audio_child import convert_in_child, describe_in_child
from telegraphone.errors import NotFound
from tests import sounds
from tests.sounds import tone


def children(word: str) -> list[psutil.Process]:
    found = psutil.Process().children()
    return [child for child in found if child.status() != psutil.STATUS_ZOMBIE and word in child.cmdline()]


def write(path: Path, blob: bytes) -> Path:
    path.write_bytes(blob)
    return path


def test_a_child_says_what_we_would_say(tmp_path: Path) -> None:
    path = write(tmp_path / "a file\xe9\n.wav", sounds.wav(tone(1), tone(1, 0)))
    with open(path, "rb") as file:
        assert asyncio.run(describe_in_child(path, "wav")) == describe(file, "wav")


def test_children_are_kept_and_replaced_when_they_die(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", sounds.wav(tone(1)))

    async def go() -> None:
        await asyncio.gather(*(describe_in_child(path, "wav") for _ in range(8)))
        before = children("describe")
        assert 1 <= len(before) <= audio_child.CHILDREN
        for child in before:
            os.kill(child.pid, signal.SIGKILL)
        told = await asyncio.gather(*(describe_in_child(path, "wav") for _ in range(4)))
        assert {facts.duration_s for facts in told} == {1.0}

    asyncio.run(go())


def test_a_file_that_is_not_there_is_unreadable(tmp_path: Path) -> None:
    gone = write(tmp_path / "a.wav", b"")
    link = tmp_path / "link.wav"
    link.symlink_to(gone)
    with pytest.raises(FileNotFoundError):
        asyncio.run(describe_in_child(tmp_path / "none.wav", "wav"))


def test_children_can_be_ended(tmp_path: Path) -> None:
    asyncio.run(describe_in_child(write(tmp_path / "a.wav", sounds.wav(tone(1))), "wav"))
    audio_child.end_children()
    assert children("describe") == []


async def pieces(blob: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(blob), 1000):
        yield blob[at : at + 1000]


def test_a_conversion_from_a_file_and_from_a_stream_is_the_same(tmp_path: Path) -> None:
    blob = sounds.companded(sounds.to_ulaw, tone(3))
    path = write(tmp_path / "a.ulaw", blob)

    async def go() -> None:
        from_file = b"".join([piece async for piece in await convert_in_child(path, "ulaw", "wav")])
        from_stream = b"".join([piece async for piece in await convert_in_child(pieces(blob), "ulaw", "wav", len(blob))])
        assert from_file == from_stream
        assert len(from_file) == 44 + 3 * 16_000

    asyncio.run(go())


def test_what_cannot_be_converted_is_said_before_the_first_byte(tmp_path: Path) -> None:
    async def go() -> None:
        with pytest.raises(NotFound, match="cannot be converted: not readable as mp3"):
            await convert_in_child(write(tmp_path / "a.mp3", b"letters" * 1000), "mp3", "wav")

    asyncio.run(go())


def test_an_error_of_the_source_is_not_hidden() -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield bytes(200_000)
        raise NotFound("gone")

    async def go() -> None:
        with pytest.raises(NotFound, match="gone"):
            [piece async for piece in await convert_in_child(broken(), "ulaw", "wav", 1_000_000)]

    asyncio.run(go())


def test_the_child_ends_when_nobody_listens_any_more(tmp_path: Path) -> None:
    path = write(tmp_path / "a.sln", bytes(50_000_000))

    async def listener() -> None:
        async with contextlib.aclosing(await convert_in_child(path, "sln", "mp3")) as pieces:  # as an answer does
            async for _ in pieces:
                await asyncio.sleep(60)

    async def go() -> None:
        task = asyncio.create_task(listener())
        until = time.monotonic() + 10
        while not children("convert") and time.monotonic() < until:
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.5)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        until = time.monotonic() + 5
        while children("convert") and time.monotonic() < until:
            await asyncio.sleep(0.05)
        assert children("convert") == []

    asyncio.run(go())


def test_a_conversion_that_nobody_begins_to_take_ends(tmp_path: Path) -> None:
    path = write(tmp_path / "a.sln", bytes(3_200_000))

    async def go() -> None:
        pieces = await convert_in_child(path, "sln", "wav", None)
        await pieces.aclose()
        assert children("convert") == []

    asyncio.run(go())


def test_the_child_says_nothing_when_its_server_is_killed(tmp_path: Path) -> None:
    """What it wanted to answer, nobody reads any more: no error."""
    path = write(tmp_path / "a.sln", bytes(16_000))
    question = msgspec.json.encode([audio_child.Question(base64.b64encode(str(path).encode()).decode(), "sln")])
    command = [sys.executable, "-m", "telegraphone.audio_child", "describe"]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert child.stdin and child.stdout and child.stderr
    child.stdout.close()
    child.stdin.write(question + b"\n")
    child.stdin.close()
    with child.stderr:
        assert child.stderr.read() == b""
    child.wait(20)
