"""A proxy before Postgres that takes COMMIT through and cuts the line before its answer."""

import socket
import threading
from contextlib import ExitStack, suppress


class Proxy:
    """Forwards connections to ``port``; after :meth:`arm` the next COMMIT is the last message."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._armed = threading.Event()
        self._cutting = threading.Event()
        self.cuts = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def arm(self) -> None:
        self._armed.set()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._port))
                threading.Thread(target=self._forward, args=(client, server), daemon=True).start()
                threading.Thread(target=self._answer, args=(client, server), daemon=True).start()

    def _forward(self, client: socket.socket, server: socket.socket) -> None:
        with ExitStack() as stack, suppress(OSError):
            stack.callback(server.close)
            while piece := client.recv(1 << 16):
                if b"COMMIT" in piece and self._armed.is_set():
                    self._armed.clear()
                    self._cutting.set()
                server.sendall(piece)

    def _answer(self, client: socket.socket, server: socket.socket) -> None:
        with ExitStack() as stack, suppress(OSError):
            stack.callback(client.close)
            while piece := server.recv(1 << 16):
                if self._cutting.is_set():
                    self._cutting.clear()
                    self.cuts += 1
                    server.shutdown(socket.SHUT_RDWR)
                    client.shutdown(socket.SHUT_RDWR)
                    return
                client.sendall(piece)
