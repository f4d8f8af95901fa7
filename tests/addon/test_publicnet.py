"""Which addresses are public."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from addon.publicnet import is_public, networks
from rules.provider import words

PUBLIC = words("""
1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.1 169.253.255.255
169.255.0.0 172.15.255.255 172.32.0.0 192.0.1.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 203.0.114.0
223.255.255.255 168.63.129.15 168.63.129.17
2606:4700:4700::1111 2001:4860:4860::8888 2a00:1450:4001::1 2400:cb00::1 2003::1 64:ff9b::8.8.8.8 ::ffff:8.8.8.8
2606:4700::5efe:8.8.8.8
""")
INSIDE = words("""
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 127.0.0.1 127.255.255.254 168.63.129.16
169.254.0.1 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.1 198.18.0.1
198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255
:: ::1 ::127.0.0.1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:0:127.0.0.1 64:ff9b::127.0.0.1 64:ff9b::a00:1
64:ff9b:1::8.8.8.8 100::1 2001::1 2001:0:7f00:1:: 2001:2::1 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1::
2002:808:808::
3fff::1 3fff:fff::1 4000::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1 fe80::5efe:7f00:1 fe80::5efe:808:808 fec0::1 ff02::1
2606:4700::5efe:10.0.0.1 2606:4700::200:5efe:127.0.0.1
""")


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_internet(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_that_leads_elsewhere(address: str) -> None:
    assert not is_public(ip_address(address))


def test_allowed_networks_are_let_through_and_nothing_else() -> None:
    allowed = networks("127.0.0.0/8 fd00::/8")
    assert is_public(ip_address("127.0.0.1"), allowed)
    assert is_public(ip_address("fd00::1"), allowed)
    assert not is_public(ip_address("10.0.0.1"), allowed)
    assert not is_public(ip_address("::1"), allowed)
    assert not is_public(ip_address("::ffff:127.0.0.1"), allowed), "another notation was not asked for"
