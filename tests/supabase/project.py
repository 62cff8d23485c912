"""As much of a Supabase project as an agent meets, over a PostgreSQL with the shipped SQL: REST in PostgREST's forms, the
rights that Realtime asks for (for `hub --rights-socket`), and what the database says on the channels.
"""

import base64
import contextlib
import hashlib
import hmac
import http.server
import json
import socketserver
import threading
import time
import urllib.parse

import fleet
from postgres import ADMIN, Refused

_STATUS = {"42501": 403, "23505": 409}


def _literal(text):
    return "'" + text.replace("'", "''") + "'"


class Project:
    """Serves until it is closed. `send` is called with (topic, event, payload) for each message of the database."""

    def __init__(self, server, database, secret, send):
        self.server, self.database, self.secret, self.send = server, database, secret, send
        self.rights_socket = f"{server.folder.name}/{database}.rights"
        self._sending = threading.Lock()
        self._rest = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _make_rest(self))
        self._rights = socketserver.ThreadingUnixStreamServer(self.rights_socket, _make_rights(self))
        self.rest_url = f"http://127.0.0.1:{self._rest.server_port}/rest/v1"
        for one in (self._rest, self._rights):
            one.daemon_threads = True
            threading.Thread(target=one.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        for one in (self._rest, self._rights):
            one.shutdown()
            one.server_close()

    def sql(self, text, claims=None):
        """Runs it as the project's administrator, or as PostgREST does for `claims`; then sends what was said."""
        said = self.server.run(self.database, f"{fleet.as_caller(claims)}; {text}" if claims else text,
                               *(() if claims else ("postgres",)))
        with self._sending:
            rows = self.server.load(self.database, "delete from realtime.messages where private "
                                    "returning json_build_array(topic, event, payload)", ADMIN)
            for row in rows.splitlines():
                self.send(*json.loads(row))
        return said

    def claims_of(self, header):
        """The claims of `Bearer TOKEN`, or None when it is not signed here or ran out."""
        with contextlib.suppress(ValueError, KeyError):
            signed, _, signature = header.removeprefix("Bearer ").rpartition(".")
            wanted = hmac.new(self.secret.encode(), signed.encode(), hashlib.sha256).digest()
            claims = json.loads(base64.urlsafe_b64decode(signed.split(".")[1] + "=="))
            if base64.urlsafe_b64decode(signature + "==") == wanted and claims["exp"] > time.time():
                return claims
        return None

    def rights(self, claims, topic):
        heard, present = fleet.probe(self.server, self.database,
                                     [(claims, topic, "broadcast"), (claims, topic, "presence")])
        return {"read": heard[0] or present[0], "write": heard[1], "presence": present[1]}

    def answer(self, method, path, query, body, claims):
        """The SQL of a request, and the status of its success."""
        where = f"where uuid = {_literal(query.get('uuid', 'eq.').removeprefix('eq.'))}"
        if (method, path) == ("GET", "/devices"):
            return f"select coalesce(json_agg(found), '[]') from (select {query['select']} from public.devices {where}) found", 200
        if (method, path) == ("POST", "/devices"):
            return fleet.upsert(body["uuid"], body["name"], body["os"]), 201
        if (method, path) == ("DELETE", "/devices"):
            return (f"with gone as (delete from public.devices {where} returning {query['select']}) "
                    "select coalesce(json_agg(gone), '[]') from gone"), 200
        if method == "POST" and path.startswith("/rpc/"):
            return f"select to_json(public.{path[5:]}({_literal(body['p_device_uuid'])}))", 200
        raise KeyError(path)


def _make_rest(project):
    class Rest(http.server.BaseHTTPRequestHandler):
        def do(self):
            parts = urllib.parse.urlsplit(self.path)
            text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            claims = project.claims_of(self.headers.get("Authorization", ""))
            if claims is None:
                return self.reply(401, {"code": "PGRST301", "message": "JWT expired"})
            try:
                sql, status = project.answer(self.command, parts.path.removeprefix("/rest/v1"),
                                             dict(urllib.parse.parse_qsl(parts.query)), json.loads(text or "{}"), claims)
                said = project.sql(sql, claims)
            except Refused as error:
                return self.reply(_STATUS.get(error.state, 400), {"code": error.state, "message": error.message})
            except KeyError as error:
                return self.reply(404, {"code": "PGRST205", "message": f"nothing is at {error}"})
            return self.reply(status, None if status == 201 else json.loads(said or "null"))

        do_GET = do_POST = do_DELETE = do  # noqa: N815

        def reply(self, status, value):
            text = b"" if status == 201 else json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_):
            pass

    return Rest


def _make_rights(project):
    class Rights(socketserver.StreamRequestHandler):
        def handle(self):
            asked = json.loads(self.rfile.readline())
            self.wfile.write((json.dumps(project.rights(asked["claims"], asked["topic"])) + "\n").encode())

    return Rights
