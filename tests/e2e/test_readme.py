"""The README's tour, run as it is written: its script through both doors, and the commands that it prints."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts.fake_provider import FakeProvider
from tests.e2e.clients import by_base_url, by_proxy, run_curl, run_python
from tests.e2e.server import ROOT, Gateway

README = (ROOT / "README.md").read_text(encoding="utf-8")
PROMISE = "You said: Say hello to the newcomer. - this is the fake provider, playing coze."


@pytest.fixture
def script(gateway: Gateway) -> str:
    """The script of step 4, for this gateway and its token."""
    found = re.search(r"<!-- script -->\n```python\n(.*?)```", README, re.DOTALL)
    assert found
    return found[1].replace("127.0.0.1:3000", f"127.0.0.1:{gateway.port}").replace("sk-your-token", gateway.token)


def test_the_readme_promises_what_the_script_prints() -> None:
    assert README.count(PROMISE) == 1


def test_the_script_prints_the_answer_through_the_base_url(
    script: str, gateway: Gateway, provider: FakeProvider
) -> None:
    assert run_python(script, by_base_url(gateway)) == f"{PROMISE}\n"
    assert provider.requests[0].path == "/v3/chat"


def test_the_script_without_a_base_url_prints_it_through_the_proxy(
    script: str, gateway: Gateway, provider: FakeProvider, tmp_path: Path
) -> None:
    without = re.sub(r'base_url="[^"]*", ', "", script)
    assert "base_url" not in without
    assert run_python(without, by_proxy(gateway, tmp_path)) == f"{PROMISE}\n"
    assert provider.requests[0].path == "/v3/chat"


def test_the_bundle_holds_our_certificate_and_the_public_roots(gateway: Gateway) -> None:
    ours = run_curl({}, f"{gateway.url}/ca.pem")
    bundle = run_curl({}, f"{gateway.url}/ca-bundle.pem")
    assert ours.count("BEGIN CERTIFICATE") == 1
    assert ours.strip() in bundle
    assert bundle.count("BEGIN CERTIFICATE") > 50


def test_the_start_prints_the_doors_the_certificate_the_log_in_and_the_data(gateway: Gateway) -> None:
    printed = gateway.output()
    for promised in (
        f"{gateway.url}/v1",
        "HTTPS_PROXY",
        "mitmproxy-ca-cert.pem",
        "log in as root",
        str(gateway.data_dir),
    ):
        assert promised in printed
