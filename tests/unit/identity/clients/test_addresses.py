"""Which addresses may be connected to."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.clients.addresses import is_public

V4 = st.ip_addresses(v=4)
V6 = st.ip_addresses(v=6)
TEREDO, SIX_TO_FOUR, NAT64 = int(IPv6Address("2001::")), int(IPv6Address("2002::")), int(IPv6Address("64:ff9b::"))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.255.255.254",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "100.64.0.1",
        "100.100.100.200",
        "169.254.169.254",
        "168.63.129.16",
        "192.0.0.192",
        "192.0.2.1",
        "198.18.0.1",
        "198.51.100.7",
        "203.0.113.9",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "2606:4700::1111%eth0",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
        "100::1",
        "2001:db8::1",
        "2001:2::1",
        "3fff::1",
        "5f00::1",
        "64:ff9b:1::1",
        "::ffff:8.8.8.8",
        "localhost",
        "",
        "127.1",
        "0x7f.0.0.1",
    ],
)
def test_addresses_that_are_not_public_are_refused(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "1.1.1.1",
        "172.15.255.255",
        "172.32.0.1",
        "100.63.255.255",
        "100.128.0.1",
        "169.253.255.255",
        "223.255.255.255",
        "2606:4700:4700::1111",
        "2a00:1450:4001::200e",
        "2001:4860:4860::8888",
    ],
)
def test_addresses_of_the_public_internet_are_allowed(address: str) -> None:
    assert is_public(address)


@given(V4)
def test_an_ipv4_address_inside_an_ipv6_address_is_never_reached(address: IPv4Address) -> None:
    inside = int(address)
    forms = [
        IPv6Address((0xFFFF << 32) | inside),  # mapped
        IPv6Address(inside),  # compatible
        IPv6Address((0xFFFF << 48) | inside),  # translated
        IPv6Address(NAT64 | inside),
        IPv6Address(SIX_TO_FOUR | (inside << 80) | 1),
        IPv6Address(TEREDO | (0x5EF50001 << 64) | (inside ^ 0xFFFFFFFF)),
    ]
    assert not any(is_public(str(form)) or is_public(form.exploded) for form in forms)


@given(st.one_of(V4, V6))
def test_what_is_allowed_is_global_unicast_by_the_registry_too(address: IPv4Address | IPv6Address) -> None:
    if is_public(str(address)):
        assert address.is_global
        assert not any((address.is_multicast, address.is_private, address.is_link_local, address.is_reserved))


@given(st.text(alphabet="0123456789abcdefx:.%/ ", max_size=45))
def test_text_that_is_no_address_is_refused(text: str) -> None:
    try:
        ip_address(text)
    except ValueError:
        assert not is_public(text)
