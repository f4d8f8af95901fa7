"""Languages: the catalogues, and which one a request is answered in.

English msgids, read from the .po files at start (no build step, no .mo files). One API's exact Chinese messages are the
Chinese translations of what /api says. Must not know any page.
"""

from __future__ import annotations

import gettext as standard_gettext
import io
from functools import cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import g, request

TRANSLATIONS = Path(__file__).parent / "translations"
LANGUAGES = {"zh": "中文", "en": "English"}
COOKIE = "language"


@cache
def catalogue(language: str) -> standard_gettext.NullTranslations:
    """The messages of one language, compiled in memory."""
    source = TRANSLATIONS / language / "LC_MESSAGES" / "messages.po"
    with source.open("rb") as file:
        parsed = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, parsed)
    compiled.seek(0)
    return standard_gettext.GNUTranslations(compiled)


def language() -> str:
    """The language of this request, decided once."""
    if "language" not in g:
        g.language = api_language(_accepted()) if request.path.startswith("/api/") else page_language()
    return str(g.language)


def page_language() -> str:
    """A person's choice (cookie), else the browser's, else English."""
    chosen = request.cookies.get(COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    return request.accept_languages.best_match(list(LANGUAGES), default="en") or "en"


def api_language(accepted: str) -> str:
    """One API's messages are Chinese and scripts match on them; only a client that asks for English first gets it."""
    return "en" if accepted.strip().lower().startswith("en") else "zh"


def gettext(message: str, **values: object) -> str:
    """The message in the request's language; `%(name)s` places are filled in."""
    text = catalogue(language()).gettext(message)
    return text % values if values else text


def ngettext(singular: str, plural: str, number: int, **values: object) -> str:
    text = catalogue(language()).ngettext(singular, plural, number)
    return text % {"num": number, **values}


def N_(message: str) -> str:
    """Marks a message for the catalogues where it stands in a table; it is translated where it is shown."""
    return message


def _accepted() -> str:
    return request.headers.get("Accept-Language", "")
