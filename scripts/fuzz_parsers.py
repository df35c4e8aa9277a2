"""Throw broken files at the parsers until one of them fails or the time is up.

    python scripts/fuzz_parsers.py [--minutes 10] [--format all] [--seed N] [--corpus FOLDER]
    python scripts/fuzz_parsers.py --replay FILE --format ofx

A parser fails when it raises anything but UnreadableFile, takes more than 2 s of CPU or more than
300 MB of memory for each (begun) megabyte of input, or gives back what the ledger cannot store.
Inputs are sample files of every format, mutated: bits, tokens, lines, cuts, repetitions; parts of
archives are mutated inside. `--corpus` adds the files of a folder. With Atheris (`pip install
atheris`) coverage leads the way, without it chance alone. Every format runs in a process of its
own; the seed is printed and the input that failed is kept in `--out`.
"""

import argparse
import contextlib
import datetime as dt
import importlib.util
import random
import resource
import subprocess
import sys
import time
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

HAS_ATHERIS = importlib.util.find_spec("atheris") is not None
if HAS_ATHERIS and "--with-atheris" in sys.argv:
    import atheris

    _instrumented = atheris.instrument_imports(
        include=["imports.parsers", "imports.programs", "core.money"]
    )
else:
    _instrumented = contextlib.nullcontext()
with _instrumented:
    from imports.parsers import registry
    from imports.programs import housebook

from core.money import CURRENCIES, MAX_MINOR
from imports.parsers.base import RAW_LENGTH, Parsed, UnreadableFile
from imports.parsers.csv_mapping import CsvMapping, MappingError
from ledger.statement_line import Problem, StatementLine
from scripts.fuzz_inputs import MEGABYTE, heavy, mutated, samples

CPU = 2.0
MEMORY = 300 * MEGABYTE
CEILING = 3000 * MEGABYTE
"""Address space of a process: a bomb ends here and not in the machine's memory."""
TABLES = ("csv", "xlsx")
NAMES = (*registry.names(), housebook.name)


# What must hold


def check(data: bytes, name: str, chance: random.Random | None = None) -> None:
    """Read `data`; raises whatever a parser may not raise, AssertionError for what is not fit."""
    if name == housebook.name:
        _check_book(data)
        return
    module = registry.module(name)
    module.score(data[: registry.HEAD], "statement")
    try:
        registry.detect(data, "statement")
        mapping = _mapping(data, module, chance) if name in TABLES and chance else None
        extra = (mapping,) if name in TABLES else ()
        parsed = module.parse(data, *extra, currency="EUR")
        _check_parsed(parsed)
    except (UnreadableFile, MappingError) as error:
        if not str(error):
            raise AssertionError("refused without a reason") from error


def _check_book(data: bytes) -> None:
    """Our own export, as `check` reads a statement."""
    housebook.score(data[: registry.HEAD], "export")
    try:
        book = housebook.read(data, currency="EUR")
    except UnreadableFile as error:
        if not str(error):
            raise AssertionError("refused without a reason") from error
        return
    names = {account.name for account in book.accounts}
    for account in book.accounts:
        assert account.currency in CURRENCIES, "currency"
        assert abs(account.opening_balance) <= MAX_MINOR, "opening balance"
        _check_text(account.name + account.title + account.number + account.institution)
    for row in book.transactions:
        assert row.account in names, "account"
        assert type(row.date) is dt.date, "date"
        assert all(type(one.amount) is int for one in (row, *row.parts)), "amount"
        assert abs(row.amount) <= MAX_MINOR, "amount"
        assert not row.parts or sum(part.amount for part in row.parts) == row.amount, "parts"
        for text in (
            row.description,
            row.payee,
            row.notes,
            row.category,
            *row.tags,
            *sum(row.known_as, ()),
        ):
            _check_text(text)
    for problem in book.problems:
        assert problem.line >= 1, "line"
        assert problem.reason, "reason"
        _check_text(problem.raw)


def _mapping(data: bytes, module, chance: random.Random) -> CsvMapping | None:
    """What a person may answer in the wizard, sensible or not; mostly nothing."""
    if chance.random() < 0.7:
        return None
    changes = {
        "date": chance.randrange(6), "amount": chance.randrange(6), "debit": chance.choice([None, 3]),
        "date_format": chance.choice(["%d.%m.%Y", "%m/%d/%y", "%Y%m%d", "%d %b %Y"]),
        "decimal_mark": chance.choice(".,"), "delimiter": chance.choice(",;\t|"), "skip": chance.randrange(4),
        "encoding": chance.choice(["utf-8", "cp1252", "utf-16", "shift_jis", "gb18030", "utf-7", "idna"]),
        "has_header": chance.random() < 0.5, "joins_rows": chance.random() < 0.5, "flag": chance.choice([None, 2]),
        "description": tuple(chance.sample(range(6), 2)), "balance": chance.choice([None, 4]),
        "quote": chance.choice(["", '"', "'"]), "id": chance.randrange(6), "category": chance.choice([None, 1]),
    }  # fmt: skip
    some = dict(chance.sample(sorted(changes.items()), chance.randrange(1, 6)))
    return module.guess(data, currency="EUR").mapping.with_changes(**some)


def _check_parsed(parsed: Parsed) -> None:
    """Everything is of its type and fits into the database."""
    assert isinstance(parsed, Parsed)
    for statement in parsed.statements:
        assert len(statement.account_number) <= 64, "account number"
        assert len(statement.bank_id) <= 64, "bank"
        assert statement.currency in ("", *CURRENCIES), "currency"
        for text in (statement.key, statement.institution, statement.owner):
            _check_text(text)
        for entry in statement.entries:
            if isinstance(entry, Problem):
                assert entry.line >= 1, "line"
                assert entry.reason, "reason"
                assert len(entry.raw) <= RAW_LENGTH, "raw"
                _check_text(entry.raw)
            else:
                _check_line(entry)
    for text in parsed.warnings:
        _check_text(text)


def _check_line(line: StatementLine) -> None:
    assert isinstance(line, StatementLine)
    assert line.line >= 1, "line"
    assert type(line.date) is dt.date, "date"
    assert 1900 <= line.date.year <= 2199, "year"
    assert type(line.amount) is int, "amount"
    assert abs(line.amount) <= MAX_MINOR, "amount"
    assert line.balance is None or type(line.balance) is int, "balance"
    assert line.currency in ("", *CURRENCIES), "currency"
    assert len(line.external_id) <= 255, "id"
    assert not line.parts or sum(part.amount for part in line.parts) == line.amount, "parts"
    for text in (line.description, line.payee, line.external_id, line.notes, line.category,
                 line.transfer_to, *(part.category + part.notes for part in line.parts)):  # fmt: skip
        _check_text(text)


def _check_text(text: str) -> None:
    assert isinstance(text, str)
    assert "\x00" not in text, "NUL in a text"
    text.encode("utf-8")


class Budget:
    """CPU and memory that one input may take."""

    def __init__(self) -> None:
        self.began = self.peak = 0.0
        self.slowest = self.largest = 0.0

    def __enter__(self) -> None:
        # Linux forgets the peak of before; elsewhere only what goes beyond it is seen.
        with contextlib.suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5")
        self.peak, self.began = _peak(), time.process_time()

    def __exit__(self, kind, error, trace) -> None:
        self.spent, self.grown = time.process_time() - self.began, _peak() - self.peak
        self.slowest = max(self.slowest, self.spent)
        self.largest = max(self.largest, self.grown)

    def over(self, size: int) -> str:
        """What was too much for an input of `size` bytes, "" for nothing."""
        share = max(1, -(-size // MEGABYTE))
        if self.spent > CPU * share:
            return f"{self.spent:.1f} s of CPU"
        return f"{self.grown / MEGABYTE:.0f} MB" if self.grown > MEMORY * share else ""


def _peak() -> int:
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


# Runs


def run_chance(name: str, seconds: float, seed: int, corpus: Path | None, current: Path) -> int:
    """Heavy files first, then chance until the time is up. Raises at the first failure."""
    chance = random.Random(seed)  # noqa: S311
    seeds = samples(name, corpus)
    others = seeds[:]
    count, budget = 0, Budget()

    def one(data: bytes) -> None:
        current.write_bytes(data)
        with budget:
            check(data, name, random.Random(len(data)))  # noqa: S311
        if too_much := budget.over(len(data)):
            raise AssertionError(f"{len(data)} bytes took {too_much}")

    for data in (*seeds, *heavy(name, seeds)):
        one(data)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        data = mutated(chance.choice(others), chance, others, name)
        count += 1
        one(data)
        if chance.random() < 0.02 and len(data) < 100_000:
            # Broken files are the beginning of more broken ones.
            if len(others) < len(seeds) + 200:
                others.append(data)
            else:
                others[chance.randrange(len(seeds), len(others))] = data
    print(
        f"{name}: {count:,} inputs, slowest {budget.slowest:.2f} s, largest {budget.largest / MEGABYTE:.0f} MB"
    )
    return 0


def run_atheris(name: str, seconds: float, seed: int, corpus: Path | None, current: Path) -> None:
    """Let coverage choose what to mutate on. Never returns."""
    seeds = samples(name, corpus)
    folder = current.with_suffix(".corpus")
    folder.mkdir(exist_ok=True)
    for number, data in enumerate(seeds):
        (folder / str(number)).write_bytes(data)

    budget = Budget()

    def one(data: bytes) -> None:
        current.write_bytes(data)
        with budget:
            check(data, name, random.Random(len(data)))  # noqa: S311
        if too_much := budget.over(len(data)):
            # Instrumented code is several times slower: judged again without.
            again = [sys.executable, __file__, "--replay", str(current), "--format", name]
            if subprocess.run(again).returncode:
                raise AssertionError(f"{len(data)} bytes took {too_much}")

    def mutate(data: bytes, largest: int, number: int) -> bytes:
        chance = random.Random(number)  # noqa: S311
        if chance.random() < 0.3:
            return atheris.Mutate(data, largest)
        return mutated(bytes(data), chance, seeds, name)[:largest]

    options = [f"-max_total_time={int(seconds)}", f"-seed={seed % 2**31}", "-max_len=65536",
               "-timeout=20", "-rss_limit_mb=2500", "-print_final_stats=1", "-close_fd_mask=1",
               "-verbosity=0", f"-artifact_prefix={current}.",
               "-use_value_profile=1"]  # fmt: skip
    atheris.Setup([sys.argv[0], *options, str(folder)], one, custom_mutator=mutate)
    atheris.Fuzz()


def replay(path: Path, name: str) -> int:
    """One file, with the limits."""
    data, budget = path.read_bytes(), Budget()
    with budget:
        check(data, name, random.Random(len(data)))  # noqa: S311
    too_much = budget.over(len(data))
    print(f"{path}: {len(data)} bytes, {budget.spent:.2f} s, {too_much or 'fine'}")
    return 1 if too_much else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10, help="for each format")
    parser.add_argument("--format", default="all", choices=["all", *NAMES])
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--corpus", type=Path, help="a folder of more files to begin with")
    parser.add_argument("--engine", choices=["atheris", "chance"],
                        default="atheris" if HAS_ATHERIS else "chance")  # fmt: skip
    parser.add_argument("--out", type=Path, default=ROOT / "var" / "fuzz")
    parser.add_argument("--replay", type=Path, help="read this one file")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--with-atheris", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.replay:
        return replay(options.replay, options.format)
    options.out.mkdir(parents=True, exist_ok=True)
    current = options.out.resolve() / f"{options.format}-{options.seed}"
    if options.child:
        if options.with_atheris:
            run_atheris(options.format, options.minutes * 60, options.seed, options.corpus, current)
        resource.setrlimit(resource.RLIMIT_AS, (CEILING, CEILING))
        try:
            return run_chance(
                options.format, options.minutes * 60, options.seed, options.corpus, current
            )
        except Exception:  # noqa: BLE001 - whatever it is, it is what was looked for
            traceback.print_exc()
            return 1
    names = NAMES if options.format == "all" else (options.format,)
    return max(_watch(name, options) for name in names)


def _watch(name: str, options: argparse.Namespace) -> int:
    """Run one format in processes of its own; a crash or a hang of them is a failure."""
    print(f"{name}: {options.minutes:g} minutes, seed {options.seed}, {options.engine}", flush=True)
    code = 0
    if options.engine == "atheris":
        code = _child(name, options, minutes=0) or _child(name, options, "--with-atheris")
    else:
        code = _child(name, options)
    if code:
        kept = options.out / f"{name}-{options.seed}"
        print(f"{name}: FAILED with seed {options.seed}; the input is {kept}", flush=True)
    return 1 if code else 0


def _child(name: str, options: argparse.Namespace, *more: str, minutes: float | None = None) -> int:
    minutes = options.minutes if minutes is None else minutes
    command = [sys.executable, __file__, "--child", "--format", name, "--out", str(options.out),
               "--minutes", str(minutes), "--seed", str(options.seed), *more]  # fmt: skip
    command += ["--corpus", str(options.corpus)] if options.corpus else []
    try:
        return subprocess.run(command, timeout=minutes * 60 + 600).returncode
    except subprocess.TimeoutExpired:
        return -1


if __name__ == "__main__":
    sys.exit(main())
