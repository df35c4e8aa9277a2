"""A Housebook of processes in a folder of its own: commands, workers, a scheduler, a bank.

On SQLite and the broker in a file; when the suite runs on PostgreSQL and Redis, on a database of
its own there and on the queue of its own database number.
"""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path
from urllib.parse import urlencode, urlsplit

ROOT = Path(__file__).resolve().parents[1]
SERVER = os.environ.get("DATABASE_URL", "")
REDIS = os.environ.get("REDIS_URL", "")


class House:
    """One installation. `close()` ends its processes and drops its database."""

    def __init__(self, folder: Path, *, on_server: bool = False, **environment: str):
        self.folder = folder
        self.database = f"housebook_{uuid.uuid4().hex[:12]}" if on_server else ""
        self.processes: list[subprocess.Popen] = []
        self.log = (folder / "processes.log").open("ab")
        self.environment = {
            **os.environ,
            "HOUSEBOOK_VAR": str(folder),
            "LOG_LEVEL": "ERROR",
            "DATABASE_URL": "",
            "REDIS_URL": "",
            **environment,
        }
        if on_server:
            self._sql(f"CREATE DATABASE {self.database}")
            address = urlsplit(SERVER)._replace(path=f"/{self.database}").geturl()
            self.environment |= {
                "DATABASE_URL": address,
                "REDIS_URL": own_redis(),
                "SECRET_KEY": "tests-only",
                "TOKEN_KEYS": "q7m7Yp0m2J0h1v3Zb8Qx5sW9e4r6t8y0u2i4o6p8a0s=",
            }
        self.manage("migrate", "-v0")
        self.manage("createcachetable")

    def _sql(self, statement: str) -> None:
        import psycopg

        with psycopg.connect(SERVER, autocommit=True, dbname="postgres") as database:
            database.execute(statement)

    def manage(self, *arguments: str) -> str:
        """Run a command to its end. Returns what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout.strip()

    def shell(self, code: str) -> str:
        """Run Python with the models at hand."""
        return self.manage("shell", "--no-imports", "-c", code)

    def start(self, *arguments: str) -> subprocess.Popen:
        """A process that goes on, in a session of its own."""
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=self.environment,
            start_new_session=True,
            stdout=self.log,
            stderr=self.log,
        )
        self.processes.append(process)
        return process

    def worker(self, concurrency: int = 1) -> subprocess.Popen:
        return self.start(
            *("-m", "celery", "-A", "config", "--quiet", "worker", "--pool", "threads"),
            *("--concurrency", str(concurrency), "--without-gossip", "--without-mingle"),
            *("--loglevel", "error"),
        )

    def beat(self) -> subprocess.Popen:
        return self.start(
            *("-m", "celery", "-A", "config", "--quiet", "beat", "--pidfile", ""),
            *("--schedule", str(self.folder / "beat"), "--loglevel", "error"),
        )

    def bank(self) -> "BankProcess":
        """The sandbox bank with its control surface."""
        port = free_port()
        self.environment |= {"TRUELAYER_ENV": "local", "SANDBOX_BANK_PORT": str(port)}
        self.start("manage.py", "sandbox_bank", "--control", "--port", str(port))
        return BankProcess(f"http://127.0.0.1:{port}")

    def logs(self) -> str:
        """Everything that the processes wrote."""
        self.log.flush()
        return (self.folder / "processes.log").read_text(errors="replace")

    def close(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()
        self.log.close()
        if self.database:
            self._sql(f"DROP DATABASE {self.database} WITH (FORCE)")


class BankProcess:
    """The bank's control surface over HTTP."""

    def __init__(self, url: str):
        self.url = url
        until(lambda: self.is_up(), "the bank did not start")

    def is_up(self) -> bool:
        try:
            return self.control("GET", "state")["now"] > 0
        except OSError:
            return False

    def control(self, method: str, what: str, query: dict[str, str] | None = None, **body):
        request = urllib.request.Request(  # noqa: S310 ours
            f"{self.url}/_sim/{what}?{urlencode(query or {})}",
            method=method,
            data=json.dumps(body).encode() if method == "POST" else None,
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 ours
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{what}: {error.read()[:300]}") from None


def own_redis() -> str:
    """An empty Redis database that no other test of this run uses at the same time."""
    from redis import Redis

    number = 10 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 6
    url = urlsplit(REDIS)._replace(path=f"/{number}").geturl()
    with Redis.from_url(url) as server:
        server.flushdb()
    return url


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(happens, complaint: str, seconds: float = 60):
    """Wait for `happens()` to be true and return it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := happens():
            return found
        time.sleep(0.1)
    raise AssertionError(complaint)
