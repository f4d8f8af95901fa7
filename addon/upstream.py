"""Our HTTP/1 client: mitmproxy's, without its crash on chunked trailers.

mitmproxy raises NotImplementedError when trailers follow the last chunk; no hook would fire, the client would hang and
the hold stay open (MITMPROXY.md, T7). Providers put nothing there that a client needs: the reply simply ends.
"""

from __future__ import annotations

from mitmproxy.proxy import events, layer
from mitmproxy.proxy.layers.http import Http1Client, ReceiveHttp, ResponseEndOfMessage


class UpstreamHttp1Client(Http1Client):
    def read_body(self, event: events.Event) -> layer.CommandGenerator[None]:
        try:
            yield from super().read_body(event)
        except NotImplementedError:
            assert self.stream_id is not None
            yield ReceiveHttp(ResponseEndOfMessage(self.stream_id))
            yield from self.mark_done(response=True)
