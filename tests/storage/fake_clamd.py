"""A small clamd over a real socket: knows INSTREAM and VERSION, finds a word, has a limit, can be down."""

import socketserver
import struct
import threading


class FakeClamd:
    """Listens at a Unix socket while the context is open. Finds `Test.Signature` where a stream holds `word`."""

    def __init__(self, path, word, limit=1_000_000):
        self.word, self.limit, self.seen = word, limit, 0
        outer = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                command = _until_nul(self.request)
                if command == b"zVERSION":
                    self.request.sendall(b"ClamAV 1.4.6/27000\0")
                elif command == b"zINSTREAM":
                    self.request.sendall(outer._stream(self.request) + b"\0")

        self._server = socketserver.ThreadingUnixStreamServer(str(path), Handler)

    def _stream(self, line):
        data = b""
        while length := struct.unpack(">I", _exactly(line, 4))[0]:
            data += _exactly(line, length)
            if len(data) > self.limit:
                return b"INSTREAM size limit exceeded. ERROR"
        self.seen += 1
        return b"stream: Test.Signature FOUND" if self.word in data else b"stream: OK"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_error):
        self._server.shutdown()
        self._server.server_close()


def _until_nul(line):
    data = b""
    while not data.endswith(b"\0"):
        data += _exactly(line, 1)
    return data[:-1]


def _exactly(line, length):
    data = b""
    while len(data) < length:
        if not (part := line.recv(length - len(data))):
            raise ConnectionError("the client hung up")
        data += part
    return data
