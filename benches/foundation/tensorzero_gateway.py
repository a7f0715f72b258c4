"""Serves TensorZero's gateway until the process ends: `listening on http://…` says where."""

import os
import signal
import socket
import sys
from types import SimpleNamespace

from tensorzero import patch_openai_client

# It starts the gateway, and leaves its address with whatever is given as OpenAI's client.
client = patch_openai_client(SimpleNamespace(), config_file=sys.argv[1], async_setup=False)
host, port = client.base_url.removeprefix("http://").removesuffix("/openai/v1").split(":")

# The gateway leaves Nagle's algorithm on, so that every stream would wait 40 ms for the client's delayed
# acknowledgement. A connection takes this from the socket that accepts it.
for fd in os.listdir("/proc/self/fd"):
    try:
        with socket.socket(fileno=os.dup(int(fd))) as found:
            if found.getsockname() == (host, int(port)):
                found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError:
        pass  # not a socket

print(f"listening on http://{host}:{port}", flush=True)
signal.pause()
