"""A PostgreSQL that stands in for a Supabase project: the stubs, the shipped SQL, and ways to ask it."""

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "tests"))
import children  # noqa: E402

SCHEMA = ROOT / "packaging/supabase/schema.sql"
PLACES = (Path("/usr/lib/postgresql"), ROOT / "build/postgresql/usr/lib/postgresql")  # each release has a version of its own
START_LIMIT = 30.0  # seconds
ADMIN, PROJECT, REST = "supabase_admin", "postgres", "authenticator"  # Realtime connects as the first, PostgREST as the last
_MARK = "@@ asked @@"
_NOBODY = 65534


def home(wanted=None):
    """The folder with bin/initdb, or None."""
    places = [wanted] if wanted else [version for place in PLACES for version in sorted(place.glob("*"))]
    return next((place for place in places if (place / "bin/initdb").is_file()), None)


def leave_root():
    """PostgreSQL does not run as root."""
    if os.getuid() == 0:
        os.setgid(_NOBODY)
        os.setuid(_NOBODY)


class Refused(Exception):
    """PostgreSQL's error: its SQLSTATE and its message."""

    def __init__(self, said):
        self.state, self.message = re.search(r"ERROR: +(\w{5}): (.*)", said).groups()
        super().__init__(said)


class Postgres:
    """A server on a unix socket in a folder of its own, for as long as the with block lasts."""

    def __init__(self, where):
        self.bin = Path(where) / "bin"
        self.folder = tempfile.TemporaryDirectory(prefix="bmc-pg-")
        # What was unpacked below build/ has its libpq there, where the dynamic linker does not look.
        for library in Path(where).parents[1].glob("*/libpq.so.5"):
            os.environ["LD_LIBRARY_PATH"] = str(library.parent)

    def __enter__(self):
        data = Path(self.folder.name) / "data"
        subprocess.run(
            [self.bin / "initdb", "-D", data, "-U", ADMIN, "-A", "trust", "-N", "-E", "UTF8", "--locale=C"],
            check=True, capture_output=True)
        self.log = open(Path(self.folder.name) / "log", "w+")
        self.process = subprocess.Popen(
            [self.bin / "postgres", "-D", data, "-k", self.folder.name, "-h", "", "-F"], stdout=self.log, stderr=self.log,
            preexec_fn=children.die_with_parent)
        until = time.monotonic() + START_LIMIT
        while subprocess.run([self.bin / "pg_isready", "-q", "-h", self.folder.name]).returncode:
            if self.process.poll() is not None or time.monotonic() > until:
                self.log.seek(0)
                raise RuntimeError("PostgreSQL did not start: " + self.log.read()[-2000:])
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)
        self.log.close()
        self.folder.cleanup()

    def make_projects(self, schema):
        """Makes the databases `supabase`, as a new project has it, and `fleet`, with the SQL: templates for others."""
        self.make("supabase", owner=ADMIN)
        self.load("supabase", (HERE / "stubs.sql").read_text(), ADMIN)
        self.make("fleet", "supabase")
        for _ in range(2):  # running it again changes nothing
            self.load("fleet", schema.read_text())

    def _psql(self, user, database, *more):
        return [self.bin / "psql", "-h", self.folder.name, "-U", user, "-d", database, "-XqAt", *more]

    def load(self, database, sql, user=PROJECT):
        """Runs `sql` and returns what it prints. An error in it is the caller's."""
        done = subprocess.run(
            self._psql(user, database, "-v", "ON_ERROR_STOP=1"), input=sql, capture_output=True, text=True)
        if done.returncode:
            raise AssertionError(done.stderr.strip())
        return done.stdout.strip()

    def run(self, database, sql, user=REST):
        """Like load(), in one transaction; an error is Refused."""
        done = subprocess.run(self._psql(user, database, "-1", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=verbose"),
                              input=sql, capture_output=True, text=True)
        if done.returncode:
            raise Refused(done.stderr)
        return done.stdout.strip()

    def make(self, database, template="template0", owner=PROJECT):
        self.load("postgres", f"create database {database} template {template} owner {owner}", ADMIN)

    def ask(self, database, blocks, user=REST):
        """Runs each (preparation, question) in a transaction that is rolled back; gives (SQLSTATE, output) for each."""
        script = "".join(f"begin; {before};\n\\echo {_MARK}\n{question};\n\\echo {_MARK} :SQLSTATE\nrollback;\n"
                         for before, question in blocks)
        done = subprocess.run(self._psql(user, database), input=script, capture_output=True, text=True)
        parts = done.stdout.split(_MARK)
        answers = [(after.split(None, 1)[0], answer.strip()) for answer, after in zip(parts[1::2], parts[2::2])]
        if len(answers) != len(blocks):
            raise AssertionError(done.stdout + done.stderr)
        return answers
