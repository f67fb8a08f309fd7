#!/usr/bin/python3
"""A map service for tests. Prints "listening on 127.0.0.1:PORT" to standard error and serves until it is ended.

Each request is appended to FOLDER/log as a line of JSON before it is answered: {path, headers}. Of /KIND/Z/X/Y the kind steers the answer:
  png, jpeg, webp   such a picture, of about 300 bytes
  slow              a PNG after 300 ms
  html              200 and a page              liar     a page that is called image/png
  odd               a PNG that is called text/html
  big               a PNG of 5 MB, with its length told beforehand
  endless           a PNG without an end, and no length told
  cut               half of the bytes that were promised
  hang              never an answer
  fail              500                         absent   404
  away              302 to /png/Z/X/Y
"""

import http.server
import json
import os
import sys
import threading
import time

FOLDER = sys.argv[sys.argv.index("--folder") + 1]
PNG = b"\x89PNG\r\n\x1a\n" + bytes(300)
PICTURES = {"png": ("image/png", PNG), "jpeg": ("image/jpeg", b"\xff\xd8\xff\xe0" + bytes(300)),
            "webp": ("image/webp", b"RIFF\x00\x01\x00\x00WEBPVP8 " + bytes(300)), "slow": ("image/png", PNG),
            "html": ("text/html; charset=utf-8", b"<!DOCTYPE html><title>No tile</title>"), "liar": ("image/png", b"<!DOCTYPE html><script>alert(1)</script>"),
            "odd": ("text/html", PNG), "big": ("image/png", PNG + bytes(5_000_000))}
lock = threading.Lock()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        with lock, open(os.path.join(FOLDER, "log"), "a", encoding="utf-8") as log:
            log.write(json.dumps({"path": self.path, "headers": {name.lower(): value for name, value in self.headers.items()}}) + "\n")
        kind, _, rest = self.path[1:].partition("/")
        if kind == "hang":
            threading.Event().wait()
        if kind == "slow":
            time.sleep(0.3)
        if kind == "away":
            self.send_response(302)
            self.send_header("Location", "/png/" + rest)
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif kind in ("endless", "cut"):
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            self.send_header(*(("Connection", "close") if kind == "endless" else ("Content-Length", str(2 * len(PNG)))))
            self.end_headers()
            self.close_connection = True
            try:
                self.wfile.write(PNG)
                while kind == "endless":
                    self.wfile.write(bytes(65536))
            except OSError:
                pass  # the other side has had enough
        elif kind in PICTURES:
            content_type, body = PICTURES[kind]
            self.send_response(200)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            try:
                self.wfile.write(body)
            except OSError:
                self.close_connection = True
        else:
            self.send_error(404 if kind == "absent" else 500)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


server = Server(("127.0.0.1", 0), Handler)
print(f"listening on 127.0.0.1:{server.server_address[1]}", file=sys.stderr, flush=True)
server.serve_forever()
