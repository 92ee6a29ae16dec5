"""Break the project on purpose, in one place at a time: which test sees it? make mutate.

Flow   tests/mutants.toml  ->  a copy of the project  ->  tests, from cheap to dear, until one fails
       of a mutant that says `by` which tests are there for it: those, and each has to fail
Bars   at least 90 % are caught; one that survives has its reason in the list
Run    python -m tests.mutate [--only NAME] [--jobs 2]
"""

import argparse
import importlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.pipeline import deliveries
from tests.support import PROJECT, SHARED

BAR = 0.9
LIST = Path(__file__).parent / "mutants.toml"
# What is left after the cheap stages meets the tests that take minutes: those that name the model
# or, where none does, whoever reads it; then these, of whatever carries a fingerprint.
FINGERPRINTS = ("test_fingerprint_lists.py", "test_keyed_inputs.py", "test_keyed_models.py")
NEAREST = 3
MADE = ("test_made_from.py",)
BY_MACRO = {
    "seed": ("test_seeds.py",),
    "fingerprint": FINGERPRINTS,
    "keyed": (*FINGERPRINTS, *MADE),
    **dict.fromkeys(
        ("made_from", "is_rebuilt", "is_volatile", "known_rows", "record_passed"), MADE
    ),
    **dict.fromkeys(("table", "test", "view"), MADE),
}
# Unit tests put something else in the place of these.
ONLY_BUILT = {
    *("changed_keys", "is_rebuilt", "keyed", "keyed_by", "made_from"),
    *("table", "test", "view"),
}

Mutant = dict[str, Any]


def read() -> list[Mutant]:
    """The list, entries {name, file, old, new}, of some more.

    survives: why no test can see it; by: the tests, as pytest names them, each of which must
    """
    return list(tomllib.loads(LIST.read_text(encoding="utf-8"))["mutants"])


def tests_of(project: Path, path: str) -> list[str]:
    """dbt selectors: the unit tests of a model; of a macro, whatever test calls it, however far."""
    file = Path(path)
    if file.parts[0] == "models":
        return [f"{file.stem},test_type:unit"]
    if file.stem in ONLY_BUILT:
        return []
    named = {file.stem}
    macros = {found.stem: found.read_text() for found in (project / "macros").rglob("*.sql")}
    while more := {name for name, text in macros.items() if _calls(text, named)} - named:
        named |= more
    cases = (project / "tests" / "macros").glob("*.sql")
    models = (project / "models").rglob("*.sql")
    return [
        *(f"path:tests/macros/{case.name}" for case in cases if _calls(case.read_text(), named)),
        *(f"{m.stem},test_type:unit" for m in models if _calls(m.read_text(), named)),
    ]


def python_tests_of(project: Path, path: str) -> list[str]:
    """The files of Python tests that may see it, the nearest first: of macros, then of builds."""
    name = re.compile(rf"\b{Path(path).stem}\b")
    cases = sorted((project / "tests" / "macros").glob("test_*.py"))
    named = [str(case) for case in cases if name.search(case.read_text())]
    return [*named, *_pipeline_tests_of(project, Path(path))]


def _pipeline_tests_of(project: Path, file: Path) -> list[str]:
    folder = project / "tests" / "pipeline"
    if file.stem in BY_MACRO or file.stem in ONLY_BUILT:
        return [str(folder / name) for name in BY_MACRO.get(file.stem, FINGERPRINTS)]
    models = {found.stem: found.read_text() for found in (project / "models").rglob("*.sql")}
    if file.parts[0] == "models":
        names = {file.stem}
    else:
        calling = {file.stem}
        macros = {found.stem: found.read_text() for found in (project / "macros").rglob("*.sql")}
        while more := {name for name, text in macros.items() if _calls(text, calling)} - calling:
            calling |= more
        names = {name for name, text in models.items() if _calls(text, calling)}
    tests = {found: found.read_text() for found in sorted(folder.glob("test_*.py"))}
    last = [folder / name for name in FINGERPRINTS if _any(models, names, "input_fingerprint")]
    while names:
        words = re.compile(rf"\b({'|'.join(names)})\b")
        said = {path: len(words.findall(text)) for path, text in tests.items() if path not in last}
        near = sorted((path for path in said if said[path]), key=lambda path: -said[path])
        if near:
            return [str(path) for path in [*near[:NEAREST], *last]]
        readers = {name for name, text in models.items() if _reads(text, names)}
        names = readers - names
    return [str(path) for path in last or [folder / "test_sample_shop.py"]]


def _any(models: dict[str, str], names: set[str], word: str) -> bool:
    return any(word in models[name] for name in names)


def _reads(text: str, names: set[str]) -> bool:
    return any(f"ref('{name}')" in text for name in names)


def _calls(text: str, names: set[str]) -> bool:
    return any(re.search(rf"\b{name}\(", text) for name in names)


def forked(command: Callable[[], bool], log: Path) -> bool:
    """Runs in a child, which has dbt loaded already and whose open files end with it.

    Errors  RuntimeError: the child gave no verdict; the log says why
    """
    process = os.fork()
    if process == 0:
        code = 2
        try:
            output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(output, 1)
            os.dup2(output, 2)
            code = 0 if command() else 1
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    if code not in (0, 1):
        raise RuntimeError(log.read_text(encoding="utf-8", errors="replace")[-4000:])
    return code == 0


class Bench:
    """A copy of the project, with a small shop built by it as it is."""

    def __init__(self, folder: Path, quick: bool) -> None:
        self.folder = folder
        self.quick = quick
        self.shop = deliveries.Shop(folder / "project", folder / "shop")
        self.log = folder / "log"
        self.sound: set[str] = set()  # named tests that the project as it is passes
        self.log.parent.mkdir(parents=True)
        self.shop.folder.mkdir()
        listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
        names = subprocess.run(listed, cwd=PROJECT, text=True, capture_output=True, check=True)
        for name in filter(None, names.stdout.splitlines()):
            if (PROJECT / name).exists():
                (self.shop.project / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(PROJECT / name, self.shop.project / name)
        if SHARED.exists():
            (folder / "shared").symlink_to(SHARED.parent)
        if not forked(self._prepare, self.log):
            raise RuntimeError(self.log.read_text(encoding="utf-8")[-4000:])

    def _prepare(self) -> bool:
        deliveries.land(self.shop.folder)
        self.shop.receive("first")
        self.shop.build(select=("*",))
        shutil.copytree(self.shop.home, self.folder / "base", symlinks=True)
        return True

    def try_out(self, mutant: Mutant | None) -> str | None:
        """The stage that catches it; None: it survives. Without a mutant, the project as it is."""
        if mutant and "by" in mutant and not self.quick:
            return "named" if all(self._is_red(test, mutant) for test in mutant["by"]) else None
        selected = tests_of(self.shop.project, mutant["file"]) if mutant else ["test_type:unit"]
        stages: list[tuple[str, Callable[[], bool]]] = [
            ("unit", lambda: self._unit(selected)),
            ("deliveries", self._deliveries),
        ]
        if mutant and not self.quick:
            files = python_tests_of(self.shop.project, mutant["file"])
            stages.append(("pipeline", lambda: self._pipeline(files)))
        try:
            for stage, passes in stages:
                self._put_in(mutant)
                shutil.rmtree(self.shop.home)
                shutil.copytree(self.folder / "base", self.shop.home, symlinks=True)
                if not forked(passes, self.log):
                    return stage
            return None
        finally:
            self._restore(mutant)

    def _is_red(self, test: str, mutant: Mutant) -> bool:
        """Whether a test that passes fails because of the mutant, and not because it cannot begin.

        Errors  RuntimeError: it does not pass without the mutant
        """
        if test not in self.sound:
            self._restore(mutant)
            if not forked(lambda: self._pytest(test) == 0, self.log):
                raise RuntimeError(f"{test} fails by itself\n{self.log.read_text()[-4000:]}")
            self.sound.add(test)
        try:
            self._put_in(mutant)
            red = not forked(lambda: self._pytest(test) == 0, self.log)
        finally:
            self._restore(mutant)
        return red and "\nFAILED " in self.log.read_text(encoding="utf-8", errors="replace")

    def _put_in(self, mutant: Mutant | None) -> None:
        self._restore(mutant)
        if mutant:
            path = self.shop.project / mutant["file"]
            path.write_text(path.read_text().replace(mutant["old"], mutant["new"]))

    def _restore(self, mutant: Mutant | None) -> None:
        edited = [path for _, edits in deliveries.EDITS for path, _, _ in edits]
        for name in edited + ([mutant["file"]] if mutant else []):
            shutil.copy(PROJECT / name, self.shop.project / name)

    def _unit(self, selected: list[str]) -> bool:
        return not selected or self.shop.dbt("test", "--select", *selected)[0]

    def _deliveries(self) -> bool:
        try:
            faults = deliveries.check(self.shop)
        except deliveries.BuildError:
            return False
        print("\n".join(faults))
        return not faults

    def _pipeline(self, files: list[str]) -> bool:
        return self._pytest(*files) == 0

    def _pytest(self, *named: str) -> int:
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *named]
        return subprocess.run(command, cwd=self.shop.project, check=False).returncode


def work(folder: Path, mutants: list[Mutant], results: Path, options: argparse.Namespace) -> None:
    """Tries mutants one after another; a line of JSON for each."""
    bench = Bench(folder, options.quick)
    if stage := bench.try_out(None):
        raise RuntimeError(f"the project itself fails: {stage}\n{bench.log.read_text()[-4000:]}")
    for mutant in mutants:
        began = time.monotonic()
        stage = bench.try_out(mutant)
        if options.verbose:
            print(bench.log.read_text(errors="replace")[-3000:])
        seconds = time.monotonic() - began
        print(f"{mutant['name']}: {stage or 'SURVIVES'} ({seconds:.0f} s)", flush=True)
        with results.open("a") as file:
            file.write(json.dumps({"name": mutant["name"], "stage": stage}) + "\n")


def main() -> None:
    """Try them all, print the table, fail when a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", default=[], help="part of a name")
    parser.add_argument("--jobs", type=int, default=1, help="copies of the project to work in")
    parser.add_argument("--verbose", action="store_true", help="print what the last stage printed")
    parser.add_argument("--quick", action="store_true", help="leave out what takes minutes")
    options = parser.parse_args()
    mutants = [
        mutant
        for mutant in read()
        if not options.only or any(part in mutant["name"] for part in options.only)
    ]
    # Loaded before the first fork, so that no child has to.
    for name in ("dlt", "duckdb", "dbt.cli.main", "ingestion.run", "ingestion.pipeline"):
        importlib.import_module(name)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="footfall-mutants-") as scratch:
        results = Path(scratch) / "results.jsonl"
        results.touch()
        workers = []
        for number in range(options.jobs):
            share = mutants[number :: options.jobs]
            process = os.fork()
            if process == 0:
                code = 1
                try:
                    work(Path(scratch) / str(number), share, results, options)
                    code = 0
                except BaseException:
                    traceback.print_exc()
                finally:
                    sys.stdout.flush()
                    sys.stderr.flush()
                    os._exit(code)
            workers.append(process)
        codes = [os.waitpid(process, 0)[1] for process in workers]
        tried = [json.loads(line) for line in results.read_text().splitlines()]
    if any(codes):
        sys.exit("a worker has failed")
    sys.exit(report(mutants, {one["name"]: one["stage"] for one in tried}, began))


def report(mutants: list[Mutant], stages: dict[str, Any], began: float) -> int:
    """Prints the table; the exit code."""
    table = Table("file", "mutants", "unit", "deliveries", "pipeline", "named", "survive")
    by_file: dict[str, list[Any]] = {}
    for mutant in mutants:
        by_file.setdefault(mutant["file"], []).append(stages[mutant["name"]])
    kinds = ("unit", "deliveries", "pipeline", "named", None)
    for file, found in sorted(by_file.items()):
        table.add_row(file, str(len(found)), *(str(found.count(kind)) for kind in kinds))
    everything = list(stages.values())
    table.add_section()
    totals = (str(everything.count(kind)) for kind in kinds)
    table.add_row("all", str(len(everything)), *totals)
    Console(width=110).print(table)
    wrong = 0
    for mutant in mutants:
        survives = stages[mutant["name"]] is None
        if survives or "survives" in mutant:
            expected = survives == ("survives" in mutant)
            wrong += not expected
            told = "survives" if survives else f"caught by {stages[mutant['name']]}"
            reason = mutant.get("survives", "write the missing test")
            print(f"{'' if expected else 'NOT AS LISTED: '}{mutant['name']} {told}: {reason}")
    caught = len(everything) - everything.count(None)
    minutes = (time.monotonic() - began) / 60
    print(f"{caught} of {len(everything)} caught in {minutes:.0f} minutes; the bar is {BAR:.0%}")
    return int(wrong > 0 or caught < BAR * len(everything))


if __name__ == "__main__":
    main()
