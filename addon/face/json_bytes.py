"""Values to compact JSON bytes. Must not know what the values mean."""

from __future__ import annotations

import json
from typing import Any


def dumps(value: Any) -> bytes:
    """Compact JSON in UTF-8.

    Half a surrogate pair (providers cut emoji between two deltas) has no UTF-8 form; then everything is escaped, and a
    client that joins the two escapes sees the character again.
    """
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()
