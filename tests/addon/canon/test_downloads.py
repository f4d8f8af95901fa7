"""Files are fetched from where a provider keeps them, and from nowhere else."""

from __future__ import annotations

import pytest

from addon.canon.codec import FollowUp
from addon.canon.downloads import downloads, may_fetch, wants_bytes, with_files
from addon.canon.events import PictureMade
from addon.canon.outbound import Outbound
from tests.addon.dialects.pictures import edit, picture

STORES = (".files.example",)
BASE = "http://127.0.0.1:9"


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("https://a.files.example/1.png", True),
        ("http://a.files.example:8080/1.png?x=1", True),
        ("http://127.0.0.1:9/1.png", True),
        ("http://127.0.0.1:8/1.png", False),
        ("https://127.0.0.1:9/1.png", False),
        ("https://files.example/1.png", True),
        ("https://notfiles.example/1.png", False),
        ("https://files.example.evil.example/1.png", False),
        ("ftp://a.files.example/1.png", False),
        ("", False),
    ],
)
def test_only_known_places_are_fetched_from(url: str, may: bool) -> None:
    assert may_fetch(url, BASE, STORES) is may
    assert (downloads([url], BASE, STORES) is not None) is may


def test_files_follow_each_other() -> None:
    last = FollowUp(Outbound("POST", f"{BASE}/more"))
    first = downloads([f"{BASE}/1", f"{BASE}/2"], BASE, STORES, then=last)
    assert first is not None and first.then is not None
    assert [first.outbound.url, first.then.outbound.url] == [f"{BASE}/1", f"{BASE}/2"]
    assert first.binary and first.then.binary and first.then.then is last
    assert downloads([], BASE, STORES) is None


def test_what_lies_elsewhere_is_left_where_it_is() -> None:
    urls = [f"{BASE}/1", "https://elsewhere.example/2", "data:image/png;base64,QUJD", "https://a.files.example/4", ""]
    first = downloads(urls, BASE, STORES)
    assert first is not None and first.then is not None and first.then.then is None
    assert [first.outbound.url, first.then.outbound.url] == [urls[0], urls[3]]
    told = [PictureMade(at, url=url, revised_prompt="so") for at, url in enumerate(urls)]
    filled = list(with_files(told, ["Zmlyc3Q=", None], BASE, STORES))
    assert [(one.url, one.data) for one in filled] == [
        ("", "Zmlyc3Q="),
        (urls[1], ""),
        ("", "QUJD"),
        (urls[3], ""),
        ("", ""),
    ]
    assert {one.revised_prompt for one in filled} == {"so"}
    assert [one.data for one in with_files(told[:1], [], BASE, STORES)] == [""]


def test_who_wants_bytes() -> None:
    assert wants_bytes(picture(response_format="b64_json"))
    assert wants_bytes(edit(("image", "image/png"), response_format="b64_json"))
    assert not wants_bytes(picture()) and not wants_bytes(picture(response_format="url"))
