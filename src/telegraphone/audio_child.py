"""Sound is decoded in child processes: what a decoder allocates, or dies of, is not the server's.

Describing is done by a few children that live as long as there is work (`python -m telegraphone.audio_child describe`: a JSON line in, one
out); a conversion has a child of its own, that is killed when nobody listens any more.
"""

import asyncio
import atexit
import base64
import contextlib
import os
import select
import subprocess
import sys
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import Any, BinaryIO, cast

import msgspec

from .audio import AudioFacts, Undecodable, convert, describe
from .audio.convert import Target
from .errors import NotFound

CHILDREN = 2
IDLE_S = 30.0
"""A child that nobody asks for so long ends by itself."""
PIECE = 64 * 1024
SMALL = 256 * 1024
"""A file that is not larger is read in one go."""
_COMMAND = (sys.executable, "-P", "-m", "telegraphone.audio_child")
_UNDECODABLE = 3
_threads = ThreadPoolExecutor(CHILDREN, "describe")
_children: dict[int, subprocess.Popen[bytes]] = {}


class Question(msgspec.Struct, frozen=True):
    """A file to describe; its path in base64, since a path need not be text."""

    path: str
    suffix: str


async def describe_in_child(path: Path | str, suffix: str) -> AudioFacts:
    """What the file holds. A file on which the decoder dies or never ends is `unreadable` too."""
    [facts] = await describe_all_in_child([(path, suffix)])
    return facts


async def describe_all_in_child(files: Sequence[tuple[Path | str, str]]) -> list[AudioFacts]:
    """The same for many files, in their order; each child gets its share in one question."""
    loop, share = asyncio.get_running_loop(), -(-len(files) // CHILDREN) or 1
    shares = [files[at : at + share] for at in range(0, len(files), share)]
    answers = await asyncio.gather(*(loop.run_in_executor(_threads, _describe, some) for some in shares))
    return [facts for answer in answers for facts in answer]


def _describe(files: Sequence[tuple[Path | str, str]]) -> list[AudioFacts]:
    """In one of the threads, each of which has a child. A child may have ended since the last time: then a second one is asked."""
    questions = [Question(base64.b64encode(os.fsencode(os.path.abspath(path))).decode(), suffix) for path, suffix in files]
    patience = 60 + sum(os.path.getsize(path) for path, _ in files) / 1_000_000
    for _ in range(2):
        if (answer := _ask(_child(), msgspec.json.encode(questions) + b"\n", patience)) is not None:
            return msgspec.json.decode(answer, type=list[AudioFacts])
        _end_child(threading.get_ident())
    if len(files) > 1:
        return [facts for file in files for facts in _describe([file])]
    return [AudioFacts(files[0][1].lower(), flaws=("unreadable",), problem="the decoder failed on it")]


def _child() -> subprocess.Popen[bytes]:
    thread = threading.get_ident()
    if thread not in _children or _children[thread].poll() is not None:
        _end_child(thread)
        _children[thread] = subprocess.Popen([*_COMMAND, "describe"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    return _children[thread]


def _ask(child: subprocess.Popen[bytes], question: bytes, patience_s: float) -> bytes | None:
    assert child.stdin is not None
    assert child.stdout is not None
    answer = b""
    try:
        child.stdin.write(question)
        while not answer.endswith(b"\n"):
            ready, _, _ = select.select([child.stdout], [], [], patience_s)
            piece = os.read(child.stdout.fileno(), PIECE) if ready else b""
            if not piece:
                return None
            answer += piece
    except OSError:
        return None
    return answer


def _end_child(thread: int) -> None:
    child = _children.pop(thread, None)
    if child is not None:
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe:
                pipe.close()


@atexit.register
def end_children() -> None:
    """End the children that describe. They are started again when needed."""
    for thread in list(_children):
        _end_child(thread)


async def convert_in_child(
    source: Path | AsyncIterator[bytes], suffix: str, to: Target, size: int | None = None, start: int = 0
) -> AsyncGenerator[bytes, None]:
    """The file in another format, piece by piece as it is made. NotFound if it cannot be, before anything is sent.

    `size` is the source's, where that is no file: a wav made of it can then say how long it is. `start`: the frame with which a wav begins,
    then without a header.
    """
    pieces = _converted(source, suffix, (to, str(size or 0), str(start)))
    first = await anext(pieces, b"")
    return Held(_continued(first, pieces), pieces)


class Held(AsyncGenerator[bytes, None]):
    """A generator that has another one in its hands, and closes it too: a generator that was never begun would close nothing."""

    def __init__(self, outer: AsyncGenerator[bytes, None], inner: AsyncGenerator[bytes, None]) -> None:
        self._outer, self._inner = outer, inner

    async def asend(self, value: None) -> bytes:
        return await self._outer.asend(value)

    async def athrow(self, *error: Any) -> bytes:
        return await self._outer.athrow(*error)

    async def aclose(self) -> None:
        await self._outer.aclose()
        await self._inner.aclose()


async def _continued(first: bytes, pieces: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    async with contextlib.aclosing(pieces):
        yield first
        async for piece in pieces:
            yield piece


async def _converted(source: Path | AsyncIterator[bytes], suffix: str, words: tuple[str, ...]) -> AsyncGenerator[bytes, None]:
    with contextlib.ExitStack() as opened:
        file = opened.enter_context(await asyncio.to_thread(open, source, "rb")) if isinstance(source, Path) else None
        child = await asyncio.create_subprocess_exec(
            *_COMMAND, "convert", suffix, *words,
            stdin=file or asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, limit=PIECE * 2,
        )  # fmt: skip
    assert child.stdout is not None
    assert child.stderr is not None
    feeding = None if isinstance(source, Path) else asyncio.create_task(_feed(source, cast(asyncio.StreamWriter, child.stdin)))
    try:
        while piece := await child.stdout.read(PIECE):
            yield piece
        if feeding is not None:
            await feeding
        if await child.wait():
            reason = (await child.stderr.read()).decode(errors="replace").strip().rpartition("\n")[2]
            raise NotFound(f"the audio cannot be converted: {reason}")
    finally:
        await _stop(child, feeding)


async def _feed(source: AsyncIterator[bytes], stdin: asyncio.StreamWriter) -> None:
    try:
        async for chunk in source:
            stdin.write(chunk)
            await stdin.drain()
    except (BrokenPipeError, ConnectionResetError):
        pass  # the child has what it needs, or says itself what is wrong
    finally:
        stdin.close()


async def _stop(child: asyncio.subprocess.Process, feeding: asyncio.Task[None] | None) -> None:
    if feeding is not None:
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)
    with contextlib.suppress(ProcessLookupError):
        child.kill()
    for pipe in filter(None, (child.stdout, child.stderr)):
        await pipe.read()  # what is left there, little as it is, keeps the pipe open
    await child.wait()


def main(words: list[str]) -> int:
    """What the children do."""
    os.nice(5)
    stdin, stdout = cast(BinaryIO, sys.stdin.buffer), sys.stdout.buffer
    if words[:1] == ["describe"]:
        try:
            _answer_questions(stdin, stdout)
        except BrokenPipeError:  # who asked was killed
            os._exit(0)  # there is nobody to whom anything could be told
        return 0
    _, suffix, to, size, start = words
    try:
        for piece in convert(stdin, suffix, cast(Target, to), int(size) or None, int(start)):
            stdout.write(piece)
        stdout.flush()
    except Undecodable as problem:
        print(problem, file=sys.stderr)
        return _UNDECODABLE
    return 0


def _answer_questions(stdin: BinaryIO, stdout: BinaryIO) -> None:
    while select.select([stdin], [], [], IDLE_S)[0] and (line := stdin.readline()):
        questions = msgspec.json.decode(line, type=list[Question])
        stdout.write(msgspec.json.encode([_described(question) for question in questions]) + b"\n")
        stdout.flush()


def _described(question: Question) -> AudioFacts:
    try:
        with open(os.fsdecode(base64.b64decode(question.path)), "rb", buffering=0) as file:
            is_small = os.fstat(file.fileno()).st_size <= SMALL
            return describe(BytesIO(file.read()) if is_small else BufferedReader(file), question.suffix)
    except OSError as error:
        return AudioFacts(question.suffix.lower(), flaws=("unreadable",), problem=error.strerror or str(error))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
