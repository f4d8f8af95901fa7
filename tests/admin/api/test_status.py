from __future__ import annotations

import pytest

from tests.admin.world import World

FIELDS = {
    *("version", "start_time", "email_verification", "github_oauth", "github_client_id", "lark_client_id"),
    *("system_name", "logo", "footer_html", "wechat_qrcode", "wechat_login", "server_address", "turnstile_check"),
    *("turnstile_site_key", "top_up_link", "chat_link", "quota_per_unit", "display_in_currency", "oidc"),
    *("oidc_client_id", "oidc_well_known", "oidc_authorization_endpoint", "oidc_token_endpoint"),
    "oidc_userinfo_endpoint",
}


def test_status_is_public_and_complete(world: World) -> None:
    reply = world.browser().get("/api/status")
    assert '"success":true' in reply.get_data(as_text=True)  # One API's health check looks for just this
    data = reply.get_json()["data"]
    assert set(data) == FIELDS
    assert (data["version"], data["start_time"], data["quota_per_unit"]) == ("1.2.3", 1700, 500000)


@pytest.mark.parametrize(
    ("path", "key"), [("notice", "Notice"), ("about", "About"), ("home_page_content", "HomePageContent")]
)
def test_texts_are_public(world: World, path: str, key: str) -> None:
    world.stores.options.set(key, "# Hello")
    assert world.browser().get(f"/api/{path}").get_json() == {"success": True, "message": "", "data": "# Hello"}


def test_models_by_channel_type_for_users(world: World) -> None:
    assert world.browser().get("/api/models").status_code == 401
    data = world.program(world.user()).call("GET", "/api/models")["data"]
    assert "gpt-4o" in data["1"]
    assert data["34"] == []
