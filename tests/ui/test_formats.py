"""What PBXs write, in a browser: it plays, says how long it is, and one can go anywhere in it."""

import urllib.request
from collections.abc import Callable
from urllib.parse import quote

import pytest
from playwright.sync_api import Page

from tests import sounds
from tests.ui.conftest import TOKEN, Site

SECONDS = 60
SOUND, WIDE = sounds.tone(SECONDS), sounds.tone(SECONDS, rate=16_000)
FILES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "wav": ("audio/wav", lambda: sounds.wav(SOUND, SOUND)),
    "wav of a PBX that died": ("audio/wav", lambda: sounds.crashed(sounds.wav(SOUND))),
    "WAV": ("audio/x-wav", lambda: sounds.wav49(SECONDS)),
    "gsm": ("audio/x-gsm", lambda: sounds.gsm(SECONDS)),
    "ulaw": ("audio/basic", lambda: bytes(range(256)) * (SECONDS * 8000 // 256)),
    "alaw": ("audio/x-alaw-basic", lambda: bytes(range(256)) * (SECONDS * 8000 // 256)),
    "g722": ("audio/g722", lambda: sounds.encoded("g722", "g722", WIDE, 16_000)),
    "mp3": ("audio/mpeg", lambda: sounds.encoded("mp3", "libmp3lame", SOUND)),
    "opus": ("audio/ogg", lambda: sounds.encoded("ogg", "libopus", SOUND)),
    "flac": ("audio/flac", lambda: sounds.encoded("flac", "flac", SOUND)),
}
PLAY = """async (address) => {
    const audio = new Audio(address), until = (name) => new Promise((done, failed) => {
        audio.addEventListener(name, done, {once: true});
        audio.addEventListener('error', () => failed(new Error(audio.error.message)), {once: true});
    });
    audio.muted = true;
    await until('loadedmetadata');
    await audio.play();
    audio.currentTime = 50;
    await until('seeked');
    const at = audio.currentTime;
    await until('timeupdate');
    await new Promise((done) => setTimeout(done, 150));
    audio.pause();
    return {duration: audio.duration, at, later: audio.currentTime};
}"""


@pytest.fixture(scope="module")
def uploaded(site: Site) -> Site:
    for name, (media_type, make) in FILES.items():
        headers = {"X-Auth-Token": TOKEN, "Content-Type": media_type}
        address = f"{site.url}/api/v1/recordings/{quote(name)}/audio"
        request = urllib.request.Request(address, data=make(), headers=headers, method="PUT")
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60).close()
    return site


def test_every_format_plays_and_seeks(uploaded: Site, open_page: Callable[..., Page]) -> None:
    page = open_page("/?q=agent:nobody")
    for name in FILES:
        told = page.evaluate(PLAY, f"/api/v1/recordings/{name}/audio")
        assert told["duration"] == pytest.approx(SECONDS, abs=0.3), name
        assert told["at"] == pytest.approx(50, abs=0.3), name
        assert told["later"] > told["at"], name
