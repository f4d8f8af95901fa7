"""What is wrong with the form of a channel's key, before anything is sent. A key that looks right may still be wrong.

Must not know channels; no message holds a key.
"""

from __future__ import annotations

import re

from addon.canon.codec import BadKey, Dialect
from addon.canon.outbound import Target
from addon.canon.request import CannotCarry
from addon.control.samples import SAMPLES, sample
from addon.face.decode import decode
from rules.provider import Provider

SURROUNDED = re.compile(r"""^["'“‘].*["'”’]$""")
BEGINNING = re.compile(r"^([A-Za-z0-9_.-]+)…$")
"""A hint of this form says how keys begin."""


def problem(provider: Provider, dialect: Dialect, target: Target) -> str:
    """What the operator should look at, "" if nothing strikes. `target` is of any model of the provider."""
    return spelling(target.key) or dialect_says(provider, dialect, target) or unlike_the_hint(provider, target)


def spelling(key: str) -> str:
    """What is wrong with a key of whatever provider. Documents (service accounts) are their dialect's business."""
    if not key or "{" in key:
        return ""
    if key.lower().startswith(("bearer ", "authorization:")):
        return "The key begins with a header's words: leave out what stands before the key itself."
    if SURROUNDED.match(key):
        return "The key stands in quotation marks: leave them out."
    if "…" in key or "***" in key or "•" in key:
        return "The key is shortened: copy all of it."
    if not key.isascii():
        return "The key has characters that no key has (Chinese or accented ones)."
    return "The key has a blank in it." if re.search(r"\s", key) else ""


def dialect_says(provider: Provider, dialect: Dialect, target: Target) -> str:
    """What the dialect refuses while it builds or signs a request."""
    endpoint = next((one for one in SAMPLES if one.value in provider.endpoints and one in dialect.codecs), None)
    if endpoint is None:
        return ""
    content_type, body = sample(endpoint, target.model, "Hello")
    try:
        dialect.codecs[endpoint].build(decode(endpoint, content_type, body), target)
        if dialect.mint is not None:
            dialect.mint(target)
    except BadKey as bad:
        return str(bad)
    except CannotCarry:
        return ""  # about the request, which is only a sample
    return ""


def unlike_the_hint(provider: Provider, target: Target) -> str:
    """Whether the key begins as the provider's do. Mirrors and gateways have keys of their own."""
    found = [BEGINNING.match(word) for word in provider.key_hint.split(" or ")]
    starts = tuple(match[1] for match in found if match)
    own = provider.base_url and target.base_url == provider.base_url
    if not own or not target.key or len(starts) != len(found) or target.key.startswith(starts):
        return ""
    return f"Keys of {provider.title_en} begin with {' or '.join(starts)}; this one does not."
