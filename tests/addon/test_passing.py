"""Who may pass what through which channel. The way through the gateway is shown in tests/e2e/test_passthrough.py."""

from __future__ import annotations

import pytest

from addon.admission import Caller
from addon.canon.request import Endpoint
from addon.errors import Refusal
from addon.exchange import Visit
from addon.passing import CLIMBS, passed, reachable, unlimited
from addon.reception import Arrival
from addon.routes import route_direct
from rules.values import ChannelStatus, Role
from tests.builders import KEY, caller, channel, snapshot, token, user

PROXY = channel(id=5, type=43, groups=("vip",))
OFF = channel(id=6, type=43, groups=("vip",), status=ChannelStatus.DISABLED)
RULES = snapshot(channels=[PROXY, OFF])
ADMIN = caller(user=user(role=Role.ADMIN))
VIP = caller(user=user(group="vip"))


def visit(path: str, method: str = "GET", credential: str = "") -> Visit:
    return Visit("r1", route_direct(method, path), "127.0.0.1", "h", True, 0.0, proxy_credential=credential)


@pytest.mark.parametrize("who", [ADMIN, VIP])
def test_a_channel_is_reached_by_its_group_and_by_admins(who: Caller) -> None:
    assert reachable(RULES, who, "5") == PROXY


@pytest.mark.parametrize(
    ("who", "text", "status"),
    [
        (caller(), "5", 400),
        (caller(), "6", 400),  # nothing is told of channels of others
        (VIP, "6", 403),
        (ADMIN, "6", 403),
        (ADMIN, "7", 400),
        (ADMIN, "five", 400),
        (ADMIN, "²", 400),
    ],
)
def test_a_channel_is_not_reached(who: Caller, text: str, status: int) -> None:
    found = reachable(RULES, who, text)
    assert isinstance(found, Refusal)
    assert found.status == status


def test_a_token_for_certain_models_may_not_pass() -> None:
    assert unlimited(caller()) is None
    refusal = unlimited(caller(token=token(models=frozenset({"gpt-4o"}))))
    assert refusal is not None
    assert refusal.status == 403


def test_a_request_passes_without_our_key() -> None:
    arrival = Arrival(
        {"authorization": f"Bearer sk-{KEY}", "x-copy": KEY, "x-good": "1", "x-proxy": "fakeproxykey"}, {}, b"body"
    )
    found = passed(
        visit(f"/v1/oneapi/proxy/5/a?x=1&key=sk-{KEY}&y=%20&&z", "PUT", "fakeproxykey"),
        arrival,
        Endpoint.PROXY,
        "oneapi/proxy",
    )
    assert (found.method, found.path, found.query, found.raw) == ("PUT", "/a", "x=1&y=%20&z", b"body")
    assert found.headers == (("x-good", "1"),)


@pytest.mark.parametrize("path", ["/..", "/a/../b", "/%2e%2E/b", "/a/.", "/a/..;x", "/a/..%2Fb", "/a/..\\b"])
def test_a_path_that_climbs_is_seen(path: str) -> None:
    assert CLIMBS.search(path)


@pytest.mark.parametrize("path", ["", "/", "/a..b/c", "/..a", "/.well-known/x", "/a/...", "/%2ea"])
def test_a_path_that_does_not_climb(path: str) -> None:
    assert not CLIMBS.search(path)
