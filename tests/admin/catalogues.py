"""Every message of the admin app, collected from its Python, its templates and the provider table."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from rules.providers import PROVIDERS

ADMIN = Path(__file__).resolve().parents[2] / "admin"
KEYWORDS = {"_": None, "gettext": None, "N_": None, "ngettext": (1, 2)}
METHODS = [("**.py", "python"), ("**.html", "jinja2.ext:babel_extract")]
HEADER = """\
# The messages of the admin app. `python -m tests.admin.catalogues` adds new ones and drops those that nobody uses.
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Language: {language}\\n"

"""
OPTIONS = {"**.html": {"trimmed": "true", "silent": "false"}}


@cache
def used() -> frozenset[str]:
    """The msgids that the app asks for."""
    found = extract_from_dir(str(ADMIN), METHODS, OPTIONS, KEYWORDS)
    texts = {message for _file, _line, message, _comments, _context in found if isinstance(message, str)}
    return frozenset(texts | provider_texts())


def provider_texts() -> set[str]:
    """The provider table is data, in English; its words are looked up when they are shown."""
    texts: set[str] = set()
    for row in PROVIDERS.values():
        texts |= {row.key_hint, row.model_hint}
        texts |= {text for _name, label, hint in row.config_fields for text in (label, hint)}
    return texts - {""}


def catalogue(language: str) -> Catalog:
    with (ADMIN / "translations" / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=language)


def translated(language: str) -> dict[str, str]:
    return {str(message.id): str(message.string) for message in catalogue(language) if message.id and message.string}


def update() -> None:
    """Write both catalogues anew: used messages in their order, known translations kept, English as it stands."""
    for language in ("en", "zh"):
        known = translated(language)
        fresh = Catalog(locale=language)
        for message in sorted(used()):
            fresh.add(message, message if language == "en" else known.get(message, ""))
        path = ADMIN / "translations" / language / "LC_MESSAGES" / "messages.po"
        with path.open("wb") as file:
            file.write(HEADER.format(language=language).encode())
            write_po(file, fresh, width=100, omit_header=True)


if __name__ == "__main__":
    update()
