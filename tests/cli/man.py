#!/usr/bin/env python3
"""The man pages tell every verb, every option and every setting.

man.py BUILD_FOLDER: exits 1 with what is missing, 77 when the pages were not made (no scdoc).
"""
import gzip
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[2]
PROGRAMS = {"smprigd": 8, "smprig-guard": 8, "smprig-console": 8, "smprig-rigsim": 1}
wrong = 0


def page(build, name):
    """The page's text: roff's escapes of dashes and dots undone."""
    text = gzip.open(build / f"man/{name}.gz", "rt").read()
    return re.sub(r"\\(.)", r"\1", text.replace("\\&", "").replace("\\fB", "").replace("\\fR", "").replace("\\fI", ""))


def helps(build, *command):
    done = subprocess.run([build / "bin" / command[0], *command[1:], "--help"], capture_output=True, text=True)
    expect(done.returncode == 0, f"{' '.join(command)} --help ends with 0", done.stderr)
    return done.stdout


def expect(holds, what, why=""):
    global wrong
    if not holds:
        print("WRONG", what, why)
        wrong += 1


def options(text):
    return set(re.findall(r"(?<![\w-])--[a-z0-9][a-z0-9-]+", text))


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    if not (build / "man/smprig.1.gz").exists():
        print("the man pages were not made (no scdoc): skipped")
        sys.exit(77)
    verbs = re.findall(r'^    \{"([a-z-]+)",', (ROOT / "cli/main_smprig.c").read_text(), re.M)
    expect(len(verbs) > 30, "the table of verbs was read")
    text = page(build, "smprig.1")
    for verb in verbs:
        expect(re.search(rf'^\.SS "?{verb}"?$', text, re.M) or re.search(rf"^\.SS {verb}\s*$", text, re.M), f"smprig(1): verb {verb}")
        missing = options(helps(build, "smprig", verb)) - options(text)
        expect(not missing, f"smprig(1): {verb}: options {missing}")
    for program, section in PROGRAMS.items():
        missing = options(helps(build, program)) - options(page(build, f"{program}.{section}"))
        expect(not missing, f"{program}({section}): options {missing}")
    settings = re.findall(r"^(\w+):", subprocess.run([build / "bin/smprigd", "--config", ROOT / "packaging/smprig.yaml",
                                                      "--dump-config"], capture_output=True, text=True).stdout, re.M)
    expect(len(settings) > 20, "the settings were read")
    text = page(build, "smprig.yaml.5")
    for key in settings:
        expect(re.search(rf"\b{key}\b", text), f"smprig.yaml(5): {key}")
    for name in [*(f"{p}.{s}" for p, s in PROGRAMS.items()), "smprig.1", "smprig.yaml.5"]:
        expect("@" not in re.sub(r"\S+@\S+", "", page(build, name).split("NAME")[0]), f"{name}: every marker was replaced")
    print(f"{len(verbs)} verbs, {len(settings)} settings, {wrong} missing")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
