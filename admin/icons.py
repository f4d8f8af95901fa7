"""The few icons of the pages, drawn for this project: 24 x 24, stroked in the text's colour, no file to fetch."""

from __future__ import annotations

from markupsafe import Markup

PATHS = {
    "dashboard": "M4 13h6V4H4zM14 20h6v-9h-6zM4 20h6v-3H4zM14 7h6V4h-6z",
    "channels": "M4 6h6l4 12h6M4 18h6l1.4-4.2M12.6 10.2L14 6h6M17.5 3.5L20 6l-2.5 2.5M17.5 15.5L20 18l-2.5 2.5",
    "tokens": "M15 3.5a5.5 5.5 0 1 1-4.6 8.5L4 18.4V21h4v-2.5h2.5V16l1.7-1.7M16.5 7.5h.01",
    "logs": "M9 6h11M9 12h11M9 18h11M4.5 6h.01M4.5 12h.01M4.5 18h.01",
    "settings": "M4 7h9M17 7h3M4 17h3M11 17h9M15 4.8v4.4M9 14.8v4.4",
    "account": "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5c.8-3.7 3.8-5.5 7.5-5.5s6.7 1.8 7.5 5.5",
    "connect": "M9 3v5M15 3v5M6.5 8h11v3.5a5.5 5.5 0 0 1-11 0zM12 17v4",
    "notice": "M4 10v4h3l8 4.5v-13L7 10zM18.5 9.5a4 4 0 0 1 0 5",
    "plus": "M12 5v14M5 12h14",
    "check": "M5 12.5l4.5 4.5L19 7.5",
    "cross": "M6 6l12 12M18 6L6 18",
    "warn": "M12 4L2.8 20h18.4zM12 10v4.5M12 17.3h.01",
    "copy": "M9 9h11v11H9zM5 15H4V4h11v1",
    "play": "M7 4.5v15l12-7.5z",
    "power": "M12 3.5v8M6.6 7a8 8 0 1 0 10.8 0",
    "edit": "M4 20l1-4.5L16.5 4 20 7.5 8.5 19zM14 6.5L17.5 10",
    "trash": "M4 7h16M9 7V4h6v3M6.5 7l1 13h9l1-13",
    "theme": "M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18",
    "language": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM3 12h18M12 3c5 5 5 13 0 18-5-5-5-13 0-18z",
    "logout": "M14 4h5v16h-5M4 12h11M11.5 8L15.5 12l-4 4",
    "back": "M19 12H5M11 6l-6 6 6 6",
    "next": "M5 12h14M13 6l6 6-6 6",
    "search": "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.5 15.5L20.5 20.5",
    "refresh": "M20 11a8 8 0 0 0-14.5-3.5L3.5 10M3.5 4.5V10H9M4 13a8 8 0 0 0 14.5 3.5l2-2.5M20.5 19.5V14H15",
    "open": "M13 5h6v6M19 5l-9 9M17 14v5H5V7h5",
}


def icon(name: str, size: int = 18) -> Markup:
    """An inline SVG that screen readers skip: the text beside it, or the button's label, says what it means."""
    return Markup(
        '<svg class="icon" width="{0}" height="{0}" viewBox="0 0 24 24" fill="none" stroke="currentColor"'
        ' stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="{1}"/></svg>'
    ).format(size, PATHS[name])
