#!/usr/bin/env python3
"""docs/hazards.md: each row has every part, and names only interlocks, tests and faults that exist.

hazards.py [FILE]   prints each offence as FILE:LINE: what; exits 1 when there is one.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).parents[2]
HAZARDS, INVARIANTS = 38, 25


def read(path):
    return (ROOT / path).read_text() if (ROOT / path).exists() else ""


def has_test(name):
    """folder/file:function of a C test, a Python test's case, or a property of the model."""
    place, function = name.split(":")
    folder, file = place.rsplit("/", 1)
    if folder == "model":
        model = read("tests/model/interlock.pml")
        return f"#define P_{function} " in model or f"ltl {function} " in model
    if folder == "integration":
        return f"def {function}(" in read(f"tests/integration/{file}.py")
    text = read(f"tests/{folder}/test_{file}.c")
    return bool(re.search(rf"static void {function}\(void \*\*", text)
                and re.search(rf"cmocka_unit_test\w*\(\s*{function}\b", text))


def offences(path):
    names = read("safety/supervisor.h") + read("safety/gate.h")
    faults, seen = read("sim/faults.c"), set()
    for number, line in enumerate(path.read_text().split("\n"), 1):
        row = re.match(r"\| (I?\d+) \|", line)
        if not row:
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        is_hazard = not row.group(1).startswith("I")
        where = f"{path}:{number}: {row.group(1)}"
        seen.add(row.group(1))
        if len(cells) != (6 if is_hazard else 3) or not all(cells):
            yield f"{where} lacks a part"
            continue
        tests = re.findall(r"`([\w-]+(?:/[\w-]+)+:\w+)`", cells[-1])
        if not tests:
            yield f"{where} names no test"
        for test in tests:
            if not has_test(test):
                yield f"{where} names a test that does not exist: {test}"
        if "campaign" in cells[-1] and not re.search(rf"^    \{{{row.group(1)}, \"", faults, re.M):
            yield f"{where}: the campaign has no such fault"
        for bench in re.findall(r"bench (\w+)", cells[-1]):
            if not (ROOT / f"tests/bench/bench_{bench}.c").exists():
                yield f"{where} names a bench that does not exist: {bench}"
        if not is_hazard:
            continue
        interlocks = re.findall(r"`((?:CONDITION|GATE|EVENT)_\w+)`", cells[2])
        if not interlocks:
            yield f"{where} names no interlock"
        for name in interlocks:
            if not re.search(rf"\b{name},", names):
                yield f"{where} names an interlock that does not exist: {name}"
        if cells[3] not in ("R", "F", "N", "N/F", "R/F"):
            yield f"{where} has no safe state"
    for wanted in [str(i) for i in range(1, HAZARDS + 1)] + [f"I{i}" for i in range(1, INVARIANTS + 1)]:
        if wanted not in seen:
            yield f"{path}:1: {wanted} is missing"


def main():
    path = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs/hazards.md"
    found = list(offences(path))
    print("\n".join(found) if found else "hazards: all right")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
