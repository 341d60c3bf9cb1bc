"""Where an HTTP request may go: never into our own network, unless the operator says so.

A name is resolved once, every address that it has is judged, and the connection is made to an address that
was judged: what the name says a moment later (rebinding) changes nothing. Judging the address, and not how
it is written, also settles decimal, hexadecimal and IPv6-mapped spellings.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence

from httpx2 import URL

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
IP = ipaddress.IPv4Address | ipaddress.IPv6Address

CLOUD_INSIDES = frozenset({ipaddress.ip_address("168.63.129.16")})
"""Addresses that look public and answer only from within a cloud: Azure's host agent."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_NAT64_LOCAL = ipaddress.ip_network("64:ff9b:1::/48")


class Forbidden(Exception):
    """The URL leads where nothing may go; the message says why and which setting allows it."""


async def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses of a host, as the system resolves it. Raises OSError when there are none."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Guard:
    """`allow`: host names and networks (`10.1.0.0/16`, `127.0.0.1`) that are allowed all the same."""

    def __init__(self, allow: Iterable[str] = (), resolver: Resolve = resolve) -> None:
        self._resolve = resolver
        self._hosts: set[str] = set()
        self._networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network] = []
        for entry in allow:
            try:
                self._networks.append(ipaddress.ip_network(entry))
            except ValueError:
                self._hosts.add(entry.lower())

    async def pin(self, url: URL) -> str:
        """The address to connect to.

        Raises:
            Forbidden: nothing may go to this URL.
            OSError: the name has no address at the moment.
        """
        if url.scheme not in {"http", "https"} or not url.host:
            raise Forbidden("the URL must begin with https:// and name a host")
        if url.userinfo:
            raise Forbidden("the URL must carry no user or password: what is sent has proof of its own")
        addresses = await self._resolve(url.host, url.port or (443 if url.scheme == "https" else 80))
        if not addresses:
            raise OSError(f"{url.host} has no address")
        named = url.host.lower() in self._hosts
        inside = [address for address in addresses if not (named or self._may(address))]
        if inside:
            raise Forbidden(
                f"{url.host} leads to {inside[0]}, which is not a public address; "
                "TOCSIN_WEBHOOK_ALLOW may list the host or the network"
            )
        if url.scheme == "http" and not (named or self._is_listed(addresses[0])):
            raise Forbidden("plain http is for hosts in TOCSIN_WEBHOOK_ALLOW alone: use https")
        return addresses[0]

    def _may(self, address: str) -> bool:
        return self._is_listed(address) or all(_is_public(ip) for ip in _meant(_parse(address)))

    def _is_listed(self, address: str) -> bool:
        return any(_plain(_parse(address)) in network for network in self._networks)


def _parse(address: str) -> IP:
    return ipaddress.ip_address(address.partition("%")[0])


def _plain(ip: IP) -> IP:
    return getattr(ip, "ipv4_mapped", None) or ip


def _meant(ip: IP) -> list[IP]:
    """The address, and those that are packed into it and may be where the packets end up."""
    if isinstance(ip, ipaddress.IPv4Address):
        return [ip]
    if ip.ipv4_mapped is not None:
        return [ip.ipv4_mapped]
    packed: list[IP] = [ip]
    if ip in _NAT64:
        packed.append(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
    if ip.sixtofour is not None:
        packed.append(ip.sixtofour)
    if ip.teredo is not None:
        packed.extend(ip.teredo)
    return packed


def _is_public(ip: IP) -> bool:
    return ip.is_global and not ip.is_multicast and ip not in CLOUD_INSIDES and ip not in _NAT64_LOCAL
