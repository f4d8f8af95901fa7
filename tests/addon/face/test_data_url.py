from __future__ import annotations

import pytest

from addon.face.bad_request import BadRequest
from addon.face.data_url import checked_base64, is_data_url, read_data_url


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("data:image/png;base64,iVBORw==", ("image/png", "iVBORw==")),
        ("DATA:Image/PNG;BASE64,iVBORw==", ("image/png", "iVBORw==")),
        ("data:image/png;name=a;base64,iVBO\r\nRw==", ("image/png", "iVBORw==")),
        ("data:,a%20b", ("text/plain", "YSBi")),
        ("data:text/html;charset=utf-8,<b>", ("text/html", "PGI+")),
        ("data:;base64,YQ==", ("text/plain", "YQ==")),
    ],
)
def test_read_data_url_gives_media_type_and_base64(url: str, read: tuple[str, str]) -> None:
    assert is_data_url(url)
    assert read_data_url(url, "p") == read


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("data:image/png;base64", "p is no data URL: it has no comma"),
        ("data:image/png;base64,", "p holds no data"),
        ("data:image/png;base64,a b*c", r"p is not base64: it has '\*' at position 2"),
    ],
)
def test_read_data_url_says_what_is_wrong(url: str, message: str) -> None:
    with pytest.raises(BadRequest, match=message):
        read_data_url(url, "p")


def test_other_urls_are_no_data_urls() -> None:
    assert not is_data_url("https://example.com/data:")


def test_checked_base64_looks_at_the_beginning_only() -> None:
    long = "A" * 5000 + "*"
    assert checked_base64(long, "p") == long
