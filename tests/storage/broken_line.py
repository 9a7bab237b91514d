"""A TCP proxy whose connections break off, as those of a far office do."""

import contextlib
import random
import socket
import threading


class BrokenLine:
    """Forwards to `port` from its own `port`. Each connection breaks off after a number of sent bytes drawn from
    `between`, until `cuts` connections were; the same seed draws the same numbers."""

    def __init__(self, port, between, cuts, seed=1):
        self._target, self._between, self._left = port, between, cuts
        self._random = random.Random(seed)
        self.cuts = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_error):
        self._listener.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _address = self._listener.accept()
                threading.Thread(target=self._forward, args=(client,), daemon=True).start()

    def _forward(self, client):
        try:
            server = socket.create_connection(("127.0.0.1", self._target))
        except OSError:
            client.close()
            return
        threading.Thread(target=self._pass, args=(server, client, None), daemon=True).start()
        most = None
        if self._left:
            self._left -= 1
            most = self._random.randint(*self._between)
        self._pass(client, server, most)

    def _pass(self, source, target, most):
        passed = 0
        with contextlib.suppress(OSError):
            while data := source.recv(256 * 1024):
                if most is not None and passed + len(data) > most:
                    target.sendall(data[: most - passed])
                    self.cuts += 1
                    break
                target.sendall(data)
                passed += len(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)  # the other thread's recv would keep a closed one open
            end.close()
