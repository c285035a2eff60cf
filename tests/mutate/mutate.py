#!/usr/bin/env python3
"""Plants small bugs in safety/ one at a time and reports those that its tests do not find.

mutate.py BUILD [--only TEXT] [--list] [--jobs N]
Each bug is one change in one place: a comparison, a constant, a dropped condition, a dropped statement, an
entry of a table, an answer. A bug that survives must stand in explained.txt with the reason why it changes
nothing that matters; an explanation that no longer fits is an error as well. Exits 1 on either.
"""
import argparse
import concurrent.futures
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).parents[2]
# Reading beyond an array or overflowing is a find of its own.
FLAGS = ["-std=c17", "-D_GNU_SOURCE", "-O1", "-w", "-fsanitize=bounds,signed-integer-overflow",
         "-fno-sanitize-recover=all"]
TEST_LIMIT_S = 5  # of the processor: a bug that makes the tests run for ever is found too
LIBRARIES = ["sim", "controller_guard", "controller_link", "motion", "plan", "base"]
# Limits that the guard asks itself, and the test of those.
GUARD_SOURCES = [ROOT / "controller/guard" / name for name in ("guard_state.c", "guard_stop.c")]
GUARD_TEST = ROOT / "tests/controller-guard/test_limits.c"

# All tests in one program; those that its argument names first, since they find most of a file's bugs.
RUNNER = """
#include <string.h>
DECLARED
static int (*const tests[])(void) = {TESTS};
static const char *const names[] = {NAMES};
int main(int argc, char **argv) {
    for (int pass = 0; pass < 2; pass++)
        for (unsigned i = 0; i < sizeof tests / sizeof *tests; i++) {
            int is_first = argc > 1 && strncmp(names[i], argv[1], strlen(argv[1])) == 0;
            if (is_first != pass && tests[i]()) return 1;
        }
    return 0;
}
"""

FLIPS = {"<=": ["<", ">"], ">=": [">", "<"], "<": ["<=", ">="], ">": [">=", "<="], "==": ["!="], "!=": ["=="],
         "&&": ["||"], "||": ["&&"], "+": ["-"], "-": ["+"], "*": ["/"], "/": ["*"], "+=": ["-="], "|=": ["="],
         "++": ["--"], "--": ["++"]}
OPERATOR = re.compile(r"(?<= )(<=|>=|==|!=|&&|\|\||\+=|\|=|[<>+*/-])(?= )|\+\+|--")
NUMBER = re.compile(r"(?<![\w.])(\d+\.\d+|\d+)(?![\w.])")


def mask(text):
    """Comments and strings as blanks, so that positions stay."""
    def blank(found):
        return re.sub(r"[^\n]", " ", found.group(0))
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(\\.|[^"\\\n])*"', blank, text, flags=re.S)


def number_changes(text, in_limits):
    if "." in text:
        value = float(text)
        return [repr(value * 1.1), repr(value * 0.9)] if value else ["0.1"]
    value = int(text)
    return [str(value + 1), str(value - 1)] if in_limits else [str(value + 1)]


def span_changes(code, in_limits):
    """(start, end, replacement) within one line of masked code."""
    for found in OPERATOR.finditer(code):
        for flip in FLIPS[found.group(0)]:
            yield found.start(), found.end(), flip
    for found in re.finditer(r"!(?!=)", code):
        yield found.start(), found.end(), ""
    for found in NUMBER.finditer(code):
        if code[:found.start()].endswith("[") and re.match(r"\s*(static |const )*(double|float|struct|bool)\b", code):
            continue  # the size of an array that grows
        for change in number_changes(found.group(0), in_limits):
            yield found.start(), found.end(), change
    for found in re.finditer(r"\b(true|false)\b", code):
        yield found.start(), found.end(), "false" if found.group(0) == "true" else "true"
    for found in re.finditer(r"\breturn (GATE_(?!CLEARED)\w+|RESULT_(?!OK)\w+)", code):
        yield found.start(1), found.end(1), "GATE_CLEARED" if "GATE" in found.group(1) else "RESULT_OK"
    for found in re.finditer(r"BIT\(CONDITION_\w+\)( \|)?", code):
        yield found.start(), found.end(), "0" + (found.group(1) or "")
    for found in re.finditer(r"\bNEEDS_\w+(?= \||,|\)|$)", code):
        yield found.start(), found.end(), "0"
    for found in re.finditer(r"\[EVENT_\w+\] = TO(_WITH)?\([^()]*\),?", code):
        yield found.start(), found.end(), ""
    for found in re.finditer(r"TO(_WITH)?\((SAFETY_\w+)", code):
        other = "SAFETY_RUNNING" if found.group(2) != "SAFETY_RUNNING" else "SAFETY_IDLE"
        yield found.start(2), found.end(2), other
    for found in re.finditer(r"(?<= )(?:if|else if) \((.*)\)(?= return| [a-z]|$)", code):
        if code.count("(") == code.count(")"):
            yield found.start(1), found.end(1), "false"
            yield found.start(1), found.end(1), "true"
    statement = re.fullmatch(r"\s+(?=\S)((?!return|struct|const|double|int|bool|uint|static|size_t|enum|break|case)[^{}]*;)\s*",
                             code)
    if statement and code.count("(") == code.count(")"):
        yield statement.start(1), statement.end(1), ";"


def mutants_of(path):
    text = path.read_text()
    lines, masked = text.split("\n"), mask(text).split("\n")
    in_limits = path.name == "limits.h"
    seen = set()
    for number, (line, code) in enumerate(zip(lines, masked)):
        if re.match(r"\s*(#include|#ifndef|_Static_assert|assert\()", code):
            continue
        for start, end, change in span_changes(code, in_limits):
            new = line[:start] + change + line[end:]
            if new == line or (number, new) in seen:
                continue
            seen.add((number, new))
            yield path.relative_to(ROOT), number, line, new


def run(command, **more):
    return subprocess.run([str(c) for c in command], capture_output=True, text=True, **more)


class Bench:
    """Objects of everything that a mutant does not change, and one program of all tests."""

    def __init__(self, build, folder, flags=FLAGS, more_tests=()):
        self.folder, self.build, self.flags = folder, build, flags
        self.linker = ["-fuse-ld=lld"] if shutil.which("ld.lld") else []
        self.sources = sorted((ROOT / "safety").glob("*.c"))
        tests = sorted((ROOT / "tests/safety").glob("test_*.c")) + list(more_tests)
        names = [f"{t.stem}_of_{t.parent.stem.replace('-', '_')}" for t in tests]
        self.objects = {s: self.compile(s, folder / (s.stem + ".o")) for s in self.sources}
        self.tests = [self.compile(t, folder / (n + ".o"), [f"-Dmain={n}"]) for t, n in zip(tests, names)]
        runner = folder / "runner.c"
        runner.write_text(RUNNER.replace("TESTS", ", ".join(names)).replace(
            "NAMES", ", ".join(f'"{n}"' for n in names)).replace(
            "DECLARED", " ".join(f"int {n}(void);" for n in names)))
        self.tests.append(self.compile(runner, folder / "runner.o"))

    def compile(self, source, target, more=(), first_include=None):
        includes = ([f"-I{first_include}"] if first_include else []) + [f"-I{ROOT}"]
        done = run(["cc", *self.flags, *more, *includes, "-c", source, "-o", target])
        if done.returncode:
            raise RuntimeError(done.stderr)
        return target

    def link_and_run(self, objects, program, first=""):
        libraries = [self.build / f"libsmprig_{name}.a" for name in LIBRARIES]
        done = run(["cc", *self.linker, "-o", program, *self.tests, *objects, "-Wl,--start-group", *libraries, "-Wl,--end-group",
                    "-lyaml", "-lmd", "-lserialport", "-lcmocka", "-lm", *self.flags])
        if done.returncode:
            raise RuntimeError(done.stderr)
        return run(["prlimit", f"--cpu={TEST_LIMIT_S}", program, first], cwd=ROOT).returncode

    def is_found(self, mutant):
        path, number, _, new = mutant
        with tempfile.TemporaryDirectory(dir=self.folder) as own:
            own = pathlib.Path(own)
            changed = own / path
            changed.parent.mkdir(parents=True)
            lines = (ROOT / path).read_text().split("\n")
            lines[number] = new
            changed.write_text("\n".join(lines))
            objects = dict(self.objects)
            recompiled = self.sources + GUARD_SOURCES if path.suffix == ".h" else [ROOT / path]
            try:
                for source in recompiled:
                    target = own / (source.stem + ".o")
                    text = changed if source == ROOT / path else source
                    objects[source] = self.compile(text, target, first_include=own)
            except RuntimeError:
                return None  # does not compile: no bug that could ship
            # gate_check.c is tested by all test_gate_*.c, clearance.c and retreat.c by test_ways.c
            first = {"clearance": "capsules", "retreat": "ways", "chain": "ways"}.get(path.stem, path.stem.split("_")[0])
            return self.link_and_run(objects.values(), own / "tests", f"test_{first}") != 0


def read_explained():
    """Blocks of `file: before -> after`, then the reason on indented lines."""
    explained = {}
    for line in (ROOT / "tests/mutate/explained.txt").read_text().split("\n"):
        if line and not line.startswith((" ", "#")):
            explained[line] = ""
            key = line
        elif line.startswith(" ") and line.strip():
            explained[key] += line.strip() + " "
    return explained


def describe(mutant):
    path, _, old, new = mutant
    return f"{path}: {' '.join(old.split())} -> {' '.join(new.split())}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--only", default="", help="bugs whose description contains this")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    paths = sorted((ROOT / "safety").glob("*.c")) + [ROOT / "safety/limits.h"]
    mutants = [m for p in paths for m in mutants_of(p) if args.only in describe(m)]
    if args.list:
        print("\n".join(describe(m) for m in mutants))
        return 0
    explained, started = read_explained(), time.time()
    with tempfile.TemporaryDirectory(prefix="smprig-mutate-") as folder:
        bench = Bench(args.build.resolve(), pathlib.Path(folder), more_tests=[GUARD_TEST])
        if bench.link_and_run(bench.objects.values(), pathlib.Path(folder) / "clean") != 0:
            print("the tests fail without any planted bug")
            return 1
        found, survived, refused = 0, [], 0
        with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
            for number, (mutant, result) in enumerate(zip(mutants, pool.map(bench.is_found, mutants)), 1):
                found += result is True
                refused += result is None
                if result is False:
                    survived.append(describe(mutant))
                    print("survives:", survived[-1], flush=True)
                if sys.stderr.isatty():
                    print(f"\r{number}/{len(mutants)}, {len(survived)} survive", end="", file=sys.stderr)
    unexplained = [s for s in survived if s not in explained]
    stale = [e for e in explained if e not in survived and not args.only]
    for survivor in unexplained:
        print("not explained:", survivor)
    for line in stale:
        print("explained, but found or gone:", line)
    tried = len(mutants) - refused
    print(f"{tried} planted bugs in {time.time() - started:.0f} s: {found} found, {len(survived)} survive, "
          f"{len(survived) - len(unexplained)} of them explained")
    print(f"figure mutants_tried {tried} 1 goal >=1000 {'ok' if tried >= 1000 or args.only else 'short'}")
    print(f"figure mutants_killed_or_explained {100 * (tried - len(unexplained)) / max(tried, 1):.2f} % goal >=100 "
          f"{'ok' if not unexplained else 'short'}")
    print(f"figure mutants_unexplained {len(unexplained)} 1 goal <=0 {'ok' if not unexplained else 'short'}")
    return 1 if unexplained or stale else 0


if __name__ == "__main__":
    sys.exit(main())
