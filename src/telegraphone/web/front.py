"""What stands before the server: proxies that are believed, and browsers, which send cookies along whoever asks them to."""

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

import msgspec
from starlette.requests import Request

from ..config import Config
from ..errors import Forbidden

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Front(msgspec.Struct, frozen=True):
    """`public_url`: how browsers reach the server, if that was told. `proxies`: whose `X-Forwarded-…` headers are believed."""

    public_url: str = ""
    proxies: tuple[Network, ...] = ()

    def address_of(self, request: Request) -> str:
        """Where a request came from: the last address before proxies of ours."""
        address = request.client.host if request.client else ""
        if not self.proxies:
            return address[:64]
        forwarded = [part.strip() for line in request.headers.getlist("x-forwarded-for") for part in line.split(",")]
        while forwarded and self._is_ours(address):
            address = forwarded.pop()
        return address[:64]

    def is_secure(self, request: Request) -> bool:
        """Whether the browser speaks TLS, as far as it is known."""
        if self.public_url:
            return self.public_url.startswith("https:")
        is_ours = self._is_ours(request.client.host if request.client else "")
        return request.url.scheme == "https" or (is_ours and request.headers.get("x-forwarded-proto", "") == "https")

    def check_origin(self, request: Request, *, may_lack: bool = False) -> None:
        """Forbidden, unless a page of ours asks. `may_lack`: no browser may ask as well, which tells nothing of where it comes from."""
        site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
        if site is not None:
            is_ours = site == "same-origin"
        elif origin is not None:
            is_ours = origin in self._origins(request)
        else:
            is_ours = may_lack
        if not is_ours:
            raise Forbidden("a request that changes something must come from a page of this server")

    def _origins(self, request: Request) -> Iterable[str]:
        if self.public_url:
            parts = urlsplit(self.public_url)
            return (f"{parts.scheme}://{parts.netloc}",)
        host = request.headers.get("host", "")
        return (f"https://{host}",) if self.is_secure(request) else (f"http://{host}",)

    def _is_ours(self, address: str) -> bool:
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(found in network for network in self.proxies)


def front_of(config: Config) -> Front:
    """As the configuration says."""
    return Front(config.public_url, tuple(ipaddress.ip_network(text, strict=False) for text in config.trusted_proxies))
