#!/usr/bin/env python3
"""The rules that decay when nobody checks them: layers, sizes, banned calls, self-sufficient headers.

check.py RULE [--root DIR]   prints each offence as file:line: what; exits 1 when there is one.
Rules: layers, lengths, banned, headers. tests/lint/bad holds a file for each that must be found.
"""
import argparse
import pathlib
import re
import subprocess
import sys

FILE_LINES_MOST = 450
FUNCTION_LINES_MOST = 70

BANNED = {  # call: why
    "gets": "no limit", "strcpy": "no limit", "strcat": "no limit", "sprintf": "no limit",
    "vsprintf": "no limit", "strtok": "hidden state", "atoi": "no errors", "atof": "no errors",
    "rand": "not seeded by us", "srand": "not ours", "system": "a shell", "alloca": "no limit",
}
# Folders where more is banned: the pure ones have no heap, clock, I/O or thread.
BANNED_IN = {
    "safety": ["malloc", "calloc", "realloc", "free", "fopen", "printf", "fprintf", "time",
               "clock_gettime", "clock_now_ns", "pthread_create", "getenv"],
    "controller/link/link": ["malloc", "calloc", "realloc", "clock_now_ns", "clock_gettime"],
    "controller/link/stream": ["malloc", "calloc", "realloc", "clock_now_ns", "clock_gettime"],
    "controller/guard/guard": ["malloc", "calloc", "realloc", "clock_now_ns", "clock_gettime"],
    "controller/daemon/session": ["clock_now_ns", "clock_gettime"],
    "controller/daemon/striker": ["clock_now_ns", "clock_gettime"],
    "motion": ["clock_now_ns", "clock_gettime"],
}


def sources(root, suffixes):
    folders = ["base", "safety", "plan", "vision", "motion", "controller", "console", "sim", "cli", "tests"]
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            name = str(path.relative_to(root))
            if path.suffix in suffixes and "tests/lint/bad" not in name and "node_modules" not in name:
                yield path


def code_lines(path):
    """Lines without comments and strings, so that words in prose do not count."""
    text = path.read_text()
    text = re.sub(r'"(\\.|[^"\\\n])*"', '""', text)
    text = re.sub(r"/\*.*?\*/", lambda m: "\n" * m.group(0).count("\n"), text, flags=re.S)
    return [re.sub(r"//.*", "", line) for line in text.split("\n")]


def read_layers(root):
    layers = {}
    for line in (pathlib.Path(__file__).parents[2] / "cmake/layers.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            folder, allowed = line.split(":")
            layers[folder] = allowed.split()
    return layers


def layer_of(layers, name):
    fitting = [f for f in layers if name.startswith(f + "/")]
    return max(fitting, key=len) if fitting else None


def check_layers(root):
    layers = read_layers(root)
    for path in sources(root, {".c", ".h", ".cpp"}):
        name = str(path.relative_to(root))
        own = layer_of(layers, name)
        if own is None:
            continue
        for number, line in enumerate(path.read_text().split("\n"), 1):
            found = re.match(r'#include "([^"]+)"', line)
            if not found or "/" not in found.group(1):
                continue
            header = found.group(1)
            allowed = [own] + layers[own]
            if not any(header == a or header.startswith(a + "/") for a in allowed):
                yield f"{name}:{number}: {own} may not include {header}"


def check_lengths(root):
    for path in sources(root, {".c", ".h", ".cpp"}):
        name, lines = str(path.relative_to(root)), code_lines(path)
        if len(lines) > FILE_LINES_MOST:
            yield f"{name}:1: {len(lines)} lines, at most {FILE_LINES_MOST}: is it one thing?"
        begin = None
        for number, line in enumerate(lines, 1):
            if re.match(r"^[a-zA-Z].*\)\s*\{$", line) or (line == "{" and begin is None):
                begin = number
            if line.startswith("}") and begin is not None:
                if number - begin > FUNCTION_LINES_MOST:
                    yield f"{name}:{begin}: a function of {number - begin} lines"
                begin = None
    yield from check_script_lengths(root)


SCRIPT_FUNCTION = re.compile(r"( *)(export )?(async )?(function |#?\w+\([^)]*\) \{$|.*=> \{$)")


def check_script_lengths(root):
    """The page's and its tests' JavaScript, laid out by prettier: a function ends where its indent does."""
    for path in sources(root, {".js", ".mjs"}):
        name, lines = str(path.relative_to(root)), path.read_text().split("\n")
        if len(lines) > FILE_LINES_MOST:
            yield f"{name}:1: {len(lines)} lines, at most {FILE_LINES_MOST}: is it one thing?"
        for number, line in enumerate(lines):
            begins = SCRIPT_FUNCTION.match(line)
            if not begins or not line.endswith("{"):
                continue
            end = next((i for i in range(number + 1, len(lines))
                        if lines[i].startswith(begins.group(1) + "}")), len(lines))
            if end - number > FUNCTION_LINES_MOST:
                yield f"{name}:{number + 1}: a function of {end - number} lines"


def check_banned(root):
    for path in sources(root, {".c", ".h", ".cpp"}):
        name = str(path.relative_to(root))
        banned = dict(BANNED)
        if name.startswith("tests"):
            del banned["system"]
        for folder, calls in BANNED_IN.items():
            if name.startswith(folder) and not name.startswith("tests"):
                banned.update({call: f"not in {folder}" for call in calls})
        for number, line in enumerate(code_lines(path), 1):
            for call in re.findall(r"(?<![\w.>])(\w+)\s*\(", line):
                if call in banned:
                    yield f"{name}:{number}: {call}() is banned: {banned[call]}"


def check_headers(root):
    for path in sources(root, {".h"}):
        name = str(path.relative_to(root))
        if name.startswith("tests"):
            continue
        flags = subprocess.run(["pkg-config", "--cflags", "cairo", "apriltag", "sqlite3", "jansson"],
                               capture_output=True, text=True).stdout.split()
        probe = subprocess.run(["cc", "-std=c17", "-D_GNU_SOURCE", "-fsyntax-only", f"-I{root}", *flags,
                                "-x", "c", "-"], input=f'#include "{name}"\n#include "{name}"\n',
                               capture_output=True, text=True)
        if probe.returncode:
            yield f"{name}:1: does not compile alone: {probe.stderr.splitlines()[0]}"


def main():
    rules = {"layers": check_layers, "lengths": check_lengths, "banned": check_banned,
             "headers": check_headers}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rule", choices=rules)
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).parents[2])
    args = parser.parse_args()
    offences = list(rules[args.rule](args.root.resolve()))
    print("\n".join(offences) if offences else f"{args.rule}: all right")
    return 1 if offences else 0


if __name__ == "__main__":
    sys.exit(main())
