"""Cross-site request forgery, refused by what the browser itself says about a request; there are no form tokens.

Every browser of the last years sends `Sec-Fetch-Site` (only to https and loopback) and `Origin` on unsafe methods,
and no page can forge either. So an unsafe request that carries a cookie must show by one of them that it comes from
our own pages. The cookie is SameSite=Lax besides. JSON or a form body is asked for because `text/plain` is what
cross-site forms use to smuggle JSON. Programs without a cookie (access tokens) are no browser being misled: they pass.
Background: https://words.filippo.io/csrf/ and Go 1.25's net/http.CrossOriginProtection.
Pure: headers in, a verdict out; must not know accounts or sessions.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from admin.i18n import N_

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
BODY_TYPES = frozenset({"application/json", "application/x-www-form-urlencoded", "multipart/form-data"})


def refuses(method: str, headers: Mapping[str, str], *, has_cookie: bool, has_body: bool) -> str | None:
    """Why this request may not act with the browser's cookie, as an English msgid; None: it may."""
    if method in SAFE_METHODS:
        return None
    if not has_cookie:
        return None if _same_origin(headers) is not False else _CROSS_SITE
    same_origin = _same_origin(headers)
    if same_origin is None:
        return _UNPROVEN
    if not same_origin:
        return _CROSS_SITE
    if has_body and _body_type(headers) not in BODY_TYPES:
        return _BODY_TYPE
    return None


def reads_cross_site(headers: Mapping[str, str]) -> bool:
    """True if another site makes the browser fetch this. /api has GETs that act (One API's), so it refuses these."""
    return headers.get("Sec-Fetch-Site", "") in ("cross-site", "same-site")


def _same_origin(headers: Mapping[str, str]) -> bool | None:
    """None: the request does not say. Sec-Fetch-Site is believed first: it is right behind a TLS proxy as well."""
    site = headers.get("Sec-Fetch-Site")
    if site:
        return site in ("same-origin", "none")
    origin = headers.get("Origin")
    if not origin:
        return None
    return urlsplit(origin).netloc.lower() == headers.get("Host", "").lower() != ""


def _body_type(headers: Mapping[str, str]) -> str:
    return headers.get("Content-Type", "").partition(";")[0].strip().lower()


_CROSS_SITE = N_("Refused: this request was sent by another site. Open the page here and try again.")
_UNPROVEN = N_(
    "Refused: a request with a session cookie must say where it comes from. Programs use an access token, or send the"
    " header Origin with this server's address."
)
_BODY_TYPE = N_("Refused: send the body as application/json or as a form.")
