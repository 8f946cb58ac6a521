"""Are the ports free, and if not, with which offset would they be?"""

import errno
import socket
from collections.abc import Iterable

from kernel.errors import Conflict
from kernel.settings import SERVICES, Service, Settings


class PortOccupied(Conflict):
    """Another program listens on a port the system needs."""


def check_ports(settings: Settings, services: Iterable[Service]) -> None:
    """Raise PortOccupied, naming the port and a free offset, unless all ports are free."""
    for service in services:
        port = settings.port(service)
        if not is_free(port):
            raise PortOccupied(
                f"Port {port}, which {service} needs, is taken by another program.",
                field="port_offset",
                fix=f"Stop that program, or shift every port: PROMPTSALES_PORT_OFFSET={free_offset(settings)}",
            )


def free_offset(settings: Settings) -> int:
    """The next offset, in steps of 100, with which every port is free."""
    for offset in range(settings.port_offset + 100, 50_000, 100):
        shifted = settings.model_copy(update={"port_offset": offset})
        if all(is_free(shifted.port(service)) for service in SERVICES):
            return offset
    return settings.port_offset + 100


def is_free(port: int) -> bool:
    """Could a server listen on that loopback port?"""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise
    return True
