"""BadRequest: what is wrong with a client's request, said so that the client can put it right.

Must not know any provider.
"""

from __future__ import annotations


class BadRequest(ValueError):
    """A 400. `param` is the path of the field (`messages[2].content[0].image_url.url`), None for the whole body.

    Texts and codes are One API's where it has one (facts A7.7).
    """

    def __init__(self, param: str | None, message: str, code: str = "invalid_text_request") -> None:
        super().__init__(message)
        self.param = param
        self.message = message
        self.code = code
