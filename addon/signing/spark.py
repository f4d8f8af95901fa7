"""iFlytek's signed URLs: the credentials of a WebSocket stand in its query.

https://www.xfyun.cn/doc/spark/general_url_authentication.html. Must not know what is said over the connection.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from urllib.parse import urlencode, urlsplit

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def signed_url(url: str, api_key: str, api_secret: str, now: int) -> str:
    """The URL with its signature, good for five minutes around `now` (Unix seconds)."""
    return f"{url}?{urlencode(signature_query(url, api_key, api_secret, http_date(now)))}"


def signature_query(url: str, api_key: str, api_secret: str, date: str) -> dict[str, str]:
    """What goes into the query of `url` (wss or https), which has none of its own. The secret is used as printed."""
    parts = urlsplit(url)
    origin = f"host: {parts.netloc}\ndate: {date}\nGET {parts.path} HTTP/1.1"
    digest = hmac.new(api_secret.encode(), origin.encode(), hashlib.sha256).digest()
    signature = base64.b64encode(digest).decode()
    authorization = (
        f'api_key="{api_key}", algorithm="hmac-sha256", headers="host date request-line", signature="{signature}"'
    )
    return {"authorization": base64.b64encode(authorization.encode()).decode(), "date": date, "host": parts.netloc}


def http_date(now: int) -> str:
    """RFC 1123, whatever the locale."""
    at = time.gmtime(now)
    day, month = DAYS[at.tm_wday], MONTHS[at.tm_mon - 1]
    return f"{day}, {at.tm_mday:02} {month} {at.tm_year} {at.tm_hour:02}:{at.tm_min:02}:{at.tm_sec:02} GMT"
