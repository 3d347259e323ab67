import socket
import struct
import time

import pytest

from evals.loopback import LoopbackServer, Reply, Request


def test_a_client_that_breaks_off_leaves_no_trace_on_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    class Silent(LoopbackServer):
        def respond(self, request: Request, reply: Reply) -> None:
            raise AssertionError("nothing was asked")

    with Silent() as server:
        host, port = server.base_url.removeprefix("http://").partition("/")[0].split(":")
        with socket.create_connection((host, int(port))) as client:
            client.sendall(b"POST /v1/chat")
            time.sleep(0.1)  # it is being read
            # Reset the connection instead of ending it.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        time.sleep(0.2)
    assert capfd.readouterr().err == ""
