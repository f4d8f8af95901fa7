import json
from pathlib import Path

import pytest
from mitmproxy import ctx

from addon.compose import ca_path, make_addon, make_pages
from addon.hooks import OneAPI
from addon.pages import call, environ_of
from tests.addon.house import House


def test_the_addon_opens_nothing_before_mitmproxy_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONEAPI_DATA_DIR", str(tmp_path / "data"))
    addon = make_addon()
    assert isinstance(addon, OneAPI)
    assert not (tmp_path / "data").exists()
    services = addon.open_services()
    assert services.settings.data_dir == tmp_path / "data"
    services.close()


def test_what_is_open_already_is_not_opened_again(house: House) -> None:
    assert make_addon(house.services).open_services() is house.services


def page(house: House, path: str) -> tuple[int, bytes]:
    pages = make_pages(house.services, lambda: "http://127.0.0.1:3000")
    environ = environ_of("GET", path, [("host", "127.0.0.1:3000")], b"", ("127.0.0.1", 1), ("127.0.0.1", 3000), "http")
    status, _, body = call(pages.app, environ)
    pages.close()
    return status, body


def test_the_pages_work_on_the_relays_database(house: House) -> None:
    status, body = page(house, "/api/status")
    assert status == 200
    assert json.loads(body)["success"] is True


def test_the_certificate_is_where_mitmproxy_keeps_it(house: House, tmp_path: Path) -> None:
    before = ctx.options.confdir
    ctx.options.update(confdir=str(tmp_path))
    try:
        assert ca_path() is None
        (tmp_path / "mitmproxy-ca-cert.pem").touch()
        assert ca_path() == tmp_path / "mitmproxy-ca-cert.pem"
    finally:
        ctx.options.update(confdir=before)
