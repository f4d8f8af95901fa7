from __future__ import annotations

import pytest
from flask import Flask

from admin import providers
from rules.errors import Invalid
from rules.providers import PROVIDERS


def test_titles_are_in_the_readers_language() -> None:
    app = Flask(__name__)
    for language, title in (("zh", "智谱 ChatGLM"), ("en", "Zhipu GLM")):
        with app.test_request_context("/", headers={"Accept-Language": language}):
            assert providers.title_of_type(16) == title
    with app.test_request_context("/", headers={"Accept-Language": "en"}):
        assert providers.title_of_type(999) == "Type 999"


def test_the_picker_begins_with_names_that_exist() -> None:
    assert len(providers.popular()) == len(providers.POPULAR)


def test_everyone_is_in_the_list() -> None:
    with Flask(__name__).test_request_context("/"):
        assert len(providers.everyone()) == len(PROVIDERS) == len(providers.choices())


@pytest.mark.parametrize(("text", "found"), [("34", True), (34, True), ("", False), ("x", False), ("-1", False)])
def test_find(text: object, found: bool) -> None:
    assert (providers.find(text) is not None) is found


def test_not_yet_speaks_only_where_a_dialect_is_missing() -> None:
    with Flask(__name__).test_request_context("/", headers={"Accept-Language": "en"}):
        assert "spark" in providers.not_yet(18, frozenset({"openai"}))
        assert providers.not_yet(1, frozenset({"openai"})) == ""
        assert providers.not_yet(18, None) == ""
        assert providers.not_yet(999, frozenset()) == ""


def test_check_base_url() -> None:
    with pytest.raises(Invalid):
        providers.check_base_url({"type": 50, "base_url": ""})
    providers.check_base_url({"type": 50, "base_url": "http://x"})
    providers.check_base_url({"type": 1})
