"""What the bank remembers: consents, tokens, sessions, faults, and what time it is there."""

import datetime as dt
import json
import secrets
import sqlite3
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass
class Grant:
    """A customer's consent: what TrueLayer calls a credential or connection. Times are epoch seconds."""

    id: str
    provider_id: str
    customer: str
    scopes: list[str]
    products: list[str]
    created_at: float
    updated_at: float
    expires_at: float
    present_at: float
    """When the customer was last there."""
    is_revoked: bool = False
    access: str = ""
    access_expires_at: float = 0
    refresh: str = ""
    refresh_used_at: float = 0
    old_access: list[str] = field(default_factory=list)
    changes: dict = field(default_factory=dict)
    """Oddities of the data asked for through the control surface (`control.py`)."""


@dataclass
class Visit:
    """A customer on the consent pages, and later the code that they bring back."""

    id: str
    query: dict[str, str]
    expires_at: float
    provider_id: str = ""
    customer: str = ""
    passed_second_factor: bool = False
    grant_id: str = ""
    """Set when an existing consent is renewed."""
    code: str = ""
    code_expires_at: float = 0
    is_over: bool = False


@dataclass
class Fault:
    """One thing that goes wrong: see `faults.py` for the kinds."""

    id: str
    kind: str
    endpoint: str
    """A regular expression that is searched in the path."""
    times: int = 1
    """How often it strikes; -1: until it is taken away."""
    skip: int = 0
    """How many matching requests it lets pass first."""
    provider_id: str = ""
    details: dict = field(default_factory=dict)


_KINDS = {"grant": Grant, "visit": Visit, "fault": Fault}


class Store:
    """All of the bank's state in memory, written through to a SQLite file when it has a path.

    `lock` is held by whoever reads and changes it: requests come in threads.
    """

    def __init__(self, path: Path | None = None):
        self.lock = threading.RLock()
        self._database = sqlite3.connect(path or ":memory:", check_same_thread=False)
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS thing (kind TEXT, id TEXT, body TEXT, PRIMARY KEY (kind, id))"
        )
        self.things: dict[str, dict] = {kind: {} for kind in _KINDS}
        self.shift = 0.0
        self.frozen_at: float | None = None
        for kind, key, body in self._database.execute("SELECT kind, id, body FROM thing"):
            if kind in _KINDS:
                self.things[kind][key] = _KINDS[kind](**json.loads(body))
            elif kind == "clock":
                clock = json.loads(body)
                self.shift, self.frozen_at = clock["shift"], clock["frozen_at"]
        self.calls: dict[tuple, list[float]] = {}
        self.counts: dict[tuple[str, str], int] = {}
        self.tasks: dict[str, tuple[str, str]] = {}
        self.tokens_issued = 0

    def put(self, kind: str, thing) -> None:
        """Keep `thing` (a Grant, Visit or Fault) as it is now."""
        self.things[kind][thing.id] = thing
        self._write(kind, thing.id, asdict(thing))

    def drop(self, kind: str, key: str) -> None:
        """Forget one thing."""
        self.things[kind].pop(key, None)
        self._database.execute("DELETE FROM thing WHERE kind = ? AND id = ?", (kind, key))
        self._database.commit()

    def _write(self, kind: str, key: str, body: dict) -> None:
        self._database.execute(
            "INSERT OR REPLACE INTO thing VALUES (?, ?, ?)", (kind, key, json.dumps(body))
        )
        self._database.commit()

    def clear(self) -> None:
        """Forget everything, the clock too."""
        self._database.execute("DELETE FROM thing")
        self._database.commit()
        for things in self.things.values():
            things.clear()
        self.calls.clear()
        self.counts.clear()
        self.tasks.clear()
        self.shift, self.frozen_at = 0.0, None

    # --- Time ---------------------------------------------------------------------------------

    def now(self) -> float:
        """The bank's time in epoch seconds: real time, unless the clock was moved or stopped."""
        return self.frozen_at if self.frozen_at is not None else time.time() + self.shift

    def today(self) -> dt.date:
        """The bank's day (UTC)."""
        return dt.datetime.fromtimestamp(self.now(), dt.UTC).date()

    def set_clock(self, *, at: float | None = None, forward: float = 0, stop: bool = False) -> None:
        """Move the clock to `at` and then `forward` seconds, and stop it there or let it go on."""
        target = (self.now() if at is None else at) + forward
        self.frozen_at = target if stop else None
        self.shift = target - time.time()
        self._write("clock", "clock", {"shift": self.shift, "frozen_at": self.frozen_at})

    # --- Finding ------------------------------------------------------------------------------

    def grants(self):
        return self.things["grant"].values()

    def faults(self):
        return list(self.things["fault"].values())

    def visit(self, key: str) -> Visit | None:
        """The visit of this number, unless it is over or too old."""
        visit = self.things["visit"].get(key)
        if visit is None or visit.is_over or visit.expires_at < self.now():
            return None
        return visit

    def visit_of_code(self, code: str) -> Visit | None:
        return next(
            (visit for visit in self.things["visit"].values() if code and visit.code == code), None
        )

    def begin_visit(self, query: dict[str, str], **facts) -> Visit:
        """A customer arrives with the query of an auth link; the visit lasts fifteen minutes."""
        visit = Visit(
            f"auth-{secrets.token_urlsafe(24)}", query, expires_at=self.now() + 900, **facts
        )
        for old in [v for v in self.things["visit"].values() if v.expires_at < self.now() - 3600]:
            self.drop("visit", old.id)
        self.put("visit", visit)
        return visit
