"""/api/status and the other questions that anybody may ask; /api/models for those who are logged in."""

from __future__ import annotations

from flask import Blueprint, Response

from admin.envelope import ok
from admin.session import users_only
from admin.stores import options, stores
from rules.providers import PROVIDERS

blueprint = Blueprint("api_status", __name__, url_prefix="/api")


@blueprint.get("/status")
def status() -> Response:
    """What One API's front ends ask first; `"success":true` in it is its health check."""
    now, config = options(), stores().config
    return ok(
        {
            "version": config.version,
            "start_time": config.start_time,
            "email_verification": now.email_verification_enabled,
            "github_oauth": now.github_oauth_enabled,
            "github_client_id": now.github_client_id,
            "lark_client_id": now.lark_client_id,
            "system_name": now.system_name,
            "logo": now.logo,
            "footer_html": now.footer,
            "wechat_qrcode": now.wechat_account_qrcode_image_url,
            "wechat_login": now.wechat_auth_enabled,
            "server_address": now.server_address,
            "turnstile_check": now.turnstile_check_enabled,
            "turnstile_site_key": now.turnstile_site_key,
            "top_up_link": now.top_up_link,
            "chat_link": now.chat_link,
            "quota_per_unit": now.quota_per_unit,
            "display_in_currency": now.display_in_currency_enabled,
            "oidc": now.oidc_enabled,
            "oidc_client_id": now.oidc_client_id,
            "oidc_well_known": now.oidc_well_known,
            "oidc_authorization_endpoint": now.oidc_authorization_endpoint,
            "oidc_token_endpoint": now.oidc_token_endpoint,
            "oidc_userinfo_endpoint": now.oidc_userinfo_endpoint,
        }
    )


@blueprint.get("/notice")
def notice() -> Response:
    return ok(options().notice)


@blueprint.get("/about")
def about() -> Response:
    return ok(options().about)


@blueprint.get("/home_page_content")
def home_page_content() -> Response:
    return ok(options().home_page_content)


@blueprint.get("/models")
@users_only
def models() -> Response:
    """Channel type -> the model names that its form begins with."""
    return ok({str(row.id): list(row.models) for row in PROVIDERS.values()})
