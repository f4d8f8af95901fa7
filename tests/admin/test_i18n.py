"""Languages: both catalogues are complete, and templates say nothing past them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from admin.i18n import api_language, catalogue, ngettext
from tests.admin.catalogues import ADMIN, translated, used
from tests.admin.world import World

# What is the same in every language, and is said as it is.
NAMES = {"One API", "One API for mitmproxy", "curl", "ca-bundle.pem", "ca.pem", "root", "123456", "MIT", "English"}
PLACE = re.compile(r"%\(\w+\)s")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_message_is_translated(language: str) -> None:
    missing = sorted(used() - set(translated(language)))
    assert missing == [], "python -m tests.admin.catalogues adds them to the .po files, to be translated"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_translation_is_left_over(language: str) -> None:
    assert sorted(set(translated(language)) - used()) == []


def test_translations_keep_the_places_for_values() -> None:
    for message, text in translated("zh").items():
        assert sorted(PLACE.findall(text)) == sorted(PLACE.findall(message)), message


def test_english_is_what_the_code_says() -> None:
    assert all(message == text for message, text in translated("en").items())


def test_chinese_is_chinese() -> None:
    """Whatever has words in English has Chinese ones, but for formats and One API's own English messages."""
    same = {message for message, text in translated("zh").items() if message == text}
    assert {message for message in same if " " in message} == {"record not found", "target timestamp is required"}


@pytest.mark.parametrize("path", sorted((ADMIN / "templates").rglob("*.html")), ids=lambda path: path.name)
def test_templates_say_nothing_untranslated(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"\{% block (?:main_class|width) %\}.*?\{% endblock %\}", " ", text)
    text = re.sub(r"\{#.*?#\}|\{% trans.*?endtrans %\}|\{%.*?%\}|\{\{.*?\}\}", " ", text, flags=re.DOTALL)
    shown = re.findall(r"(?:title|placeholder|aria-label|alt|data-confirm)=\"([^\"]*)\"", text)
    # what is left of attributes that a macro puts together is no text either
    shown += re.sub(r"<[^>]*>|[a-z-]+=\"[^\"]*\"", "\n", text).splitlines()
    words = {part.strip() for line in shown for part in re.split(r"&\w+;|[·/()]", line)}
    assert {part for part in words if re.search(r"[A-Za-z]{2}|[\u4e00-\u9fff]", part)} - NAMES == set()


def test_the_browsers_language_is_taken_first(world: World) -> None:
    page = world.browser().get("/login", headers={"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"})
    assert "登录" in page.get_data(as_text=True)
    assert 'lang="zh-CN"' in page.get_data(as_text=True)
    for other in ("en-US", "fr", ""):
        assert "Log in" in world.browser().get("/login", headers={"Accept-Language": other}).get_data(as_text=True)


def test_a_persons_choice_wins(world: World) -> None:
    browser = world.browser()
    browser.client.set_cookie("language", "zh")
    assert "登录" in browser.get("/login", headers={"Accept-Language": "en"}).get_data(as_text=True)
    browser.client.set_cookie("language", "xx")
    assert "Log in" in browser.get("/login", headers={"Accept-Language": "en"}).get_data(as_text=True)


@pytest.mark.parametrize(
    ("accepted", "language"), [("", "zh"), ("*", "zh"), ("zh-CN", "zh"), ("fr", "zh"), ("en-US,en;q=0.9", "en")]
)
def test_the_api_is_chinese_unless_english_is_asked_for(accepted: str, language: str) -> None:
    assert api_language(accepted) == language


def test_plurals_without_a_translation_follow_the_number(world: World) -> None:
    with world.app.test_request_context("/", headers={"Accept-Language": "en"}):
        assert ngettext("%(num)s fish of %(who)s", "%(num)s fishes of %(who)s", 1, who="x") == "1 fish of x"
        assert ngettext("%(num)s fish", "%(num)s fishes", 2) == "2 fishes"


def test_an_unknown_message_stays_as_it_is() -> None:
    assert catalogue("zh").gettext("nobody translated this") == "nobody translated this"
