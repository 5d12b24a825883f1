"""How the texts of settings become values. What has no meaning is a ValueError, or a BadSetting that says more."""

import re
from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path
from zoneinfo import ZoneInfo


def parse_path(text: str) -> Path:
    if not text:
        raise ValueError(text)
    return Path(text).expanduser().absolute()


def matching(pattern: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(text)
        return text

    return parse


def a_number(least: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
            raise ValueError(text)
        return int(text)

    return parse


def one_of(*words: str) -> Callable[[str], str]:
    return matching("|".join(words))


def parse_patterns(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def parse_networks(text: str) -> tuple[str, ...]:
    return tuple(str(ip_network(part, strict=False)) for part in parse_patterns(text))


def parse_country(text: str) -> str:
    if text:
        from phonenumbers import SUPPORTED_REGIONS  # heavy: only where a country is set

        if text.upper() not in SUPPORTED_REGIONS:
            raise ValueError(text)
    return text.upper()


def parse_zone(text: str) -> ZoneInfo:
    if text.startswith("/") or not text:
        raise ValueError(text)
    return ZoneInfo(text)
