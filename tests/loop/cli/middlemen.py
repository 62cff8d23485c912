"""What may stand between an agent and its backend, as small servers of threads: a TLS-inspecting gateway that strips Upgrade, a
CONNECT proxy, a portal that answers everything with a page."""

import http.server
import select
import socket
import socketserver
import ssl
import subprocess
import threading

PATIENCE = 20  # seconds of silence after which a connection is given up


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def __init__(self, handler):
        super().__init__(("127.0.0.1", 0), handler)
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def handle_error(self, request, client_address):
        pass  # whoever is tested may hang up whenever it likes

    def close(self):
        self.shutdown()
        self.server_close()


def read_head(connection):
    head = b""
    while b"\r\n\r\n" not in head:
        chunk = connection.recv(65536)
        if not chunk:
            return None
        head += chunk
    return head


def copy(one, other):
    """Both ways, until one of them ends. One of the two may be TLS: what it has decrypted already is not in the socket."""
    pairs = {one: other, other: one}
    while True:
        ready = [end for end in pairs if isinstance(end, ssl.SSLSocket) and end.pending()] or \
            select.select(list(pairs), [], [], PATIENCE)[0]
        if not ready:
            return
        for end in ready:
            data = end.recv(65536)
            if not data:
                return
            pairs[end].sendall(data)


def gateway(backend, certificate, key, strip=True):
    """TLS in front of `backend` (host, port), as an inspecting proxy ends it; `strip`: without the header Upgrade."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            with context.wrap_socket(self.request, server_side=True) as client, \
                    socket.create_connection(backend, PATIENCE) as server:
                head = read_head(client)
                if head is None:
                    return
                if strip:
                    lines = [line for line in head.split(b"\r\n")
                             if not line.lower().startswith((b"upgrade:", b"connection:"))]
                    head = b"\r\n".join(lines)
                server.sendall(head)
                copy(client, server)

    return Server(Handler)


def front(backend, hold, asked):
    """In front of `backend` (host, port). Once `hold` is set a request to REST is not answered; it sets `asked`."""
    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            head = read_head(self.request)
            if head is None:
                return
            if hold.is_set() and b"/rest/v1" in head.split(b"\r\n")[0]:
                asked.set()
                self.request.recv(1)
                return
            with socket.create_connection(backend, PATIENCE) as server:
                server.sendall(head)
                copy(self.request, server)

    return Server(Handler)


def connect_proxy(target, answer=None):
    """Leads every CONNECT to one port of this machine; `answer`: says that instead."""
    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            if read_head(self.request) is None:
                return
            if answer:
                self.request.sendall(answer)
                return
            with socket.create_connection(("127.0.0.1", target), PATIENCE) as server:
                self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                copy(self.request, server)

    return Server(Handler)


def socks_proxy():
    """Speaks SOCKS 5 alone: what begins otherwise has the connection ended without a word."""
    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            greeting = self.request.recv(3)
            if greeting.startswith(b"\x05"):
                self.request.sendall(b"\x05\xff")  # wants a login that nobody has

    return Server(Handler)


def http_proxy():
    """Speaks HTTP alone, and answers nothing to what is none: as a server that waits for the end of a line."""
    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            if read_head(self.request) is not None:
                self.request.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

    return Server(Handler)


def closing_proxy():
    """Takes a connection and ends it."""
    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            self.request.recv(1)

    return Server(Handler)


def portal(status, headers=()):
    """Answers every request alike."""
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            body = b"<html>hello</html>"
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    return Server(Handler)


def certificate(folder, issuer, host):
    """A certificate for `host` by an authority of that name: the files of the certificate, its key and the authority."""
    def run(*words, text=None):
        subprocess.run(words, cwd=folder, check=True, input=text, text=True, capture_output=True)

    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
        "-keyout", "ca.key", "-out", "ca.pem", "-subj", f"/O={issuer}")
    run("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
        "-keyout", "host.key", "-out", "host.csr", "-subj", f"/CN={host}")
    (folder / "host.ext").write_text(f"subjectAltName=DNS:{host}\n")
    run("openssl", "x509", "-req", "-in", "host.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
        "-days", "2", "-extfile", "host.ext", "-out", "host.pem")
    return folder / "host.pem", folder / "host.key", folder / "ca.pem"
