"""Two turns with openai's own Realtime client; through the proxy of the environment, if there is one."""

import json
import os
import socket
from urllib.parse import urlsplit

from openai import OpenAI

client, options = OpenAI(max_retries=0), {}
if proxy := os.environ.get("HTTPS_PROXY"):  # its WebSocket library knows no proxies before version 15
    place = urlsplit(proxy)
    sock = options["sock"] = socket.create_connection((place.hostname, place.port))
    sock.sendall(b"CONNECT api.openai.com:443 HTTP/1.1\r\nhost: api.openai.com:443\r\n\r\n")
    assert b" 200 " in sock.recv(4096)
said, done = "", 0
with client.realtime.connect(model="alias", websocket_connection_options=options) as line:
    line.session.update(session={"type": "realtime", "instructions": "be short"})
    for _turn in range(2):
        line.response.create(response={"instructions": "talk"})
        for event in line:
            if event.type == "response.output_text.delta":
                said += event.delta
            if event.type == "response.done":
                done += event.response.usage.total_tokens
                break
print(json.dumps({"said": said, "done": done}))
