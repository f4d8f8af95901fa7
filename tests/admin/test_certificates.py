from __future__ import annotations

import ssl

from tests.admin.conftest import Make
from tests.admin.world import World


def test_ca_is_our_certificate_without_log_in(world: World) -> None:
    reply = world.browser().get("/ca.pem")
    assert (reply.status_code, reply.mimetype) == (200, "application/x-pem-file")
    assert reply.data.count(b"BEGIN CERTIFICATE") == 1


def test_bundle_has_the_public_roots_and_ours(make: Make) -> None:
    world = make()
    reply = world.browser().get("/ca-bundle.pem")
    assert reply.data.count(b"BEGIN CERTIFICATE") > 100
    assert reply.data.rstrip().endswith(b"-----BEGIN CERTIFICATE-----\nfake\n-----END CERTIFICATE-----")
    public = reply.data.decode().partition("# One API for mitmproxy")[0]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=public)
    assert len(context.get_ca_certs()) > 100


def test_without_a_certificate_both_say_so(make: Make) -> None:
    browser = make(ca_cert=lambda: None).browser()
    for path in ("/ca.pem", "/ca-bundle.pem"):
        reply = browser.get(path)
        assert reply.status_code == 404
        assert "start the relay" in reply.get_data(as_text=True)


def test_robots_are_sent_away(world: World) -> None:
    assert "Disallow: /" in world.browser().get("/robots.txt").get_data(as_text=True)


def test_favicon(world: World) -> None:
    assert world.browser().get("/favicon.ico").mimetype == "image/svg+xml"
