#!/usr/bin/env python3
"""The units, users and folders of the package: read by systemd's own tools, and as closed as they can be.

units.py BUILD_FOLDER: exits 1 with the reason when something is wrong, 77 when systemd's tools are not there.
"""
import configparser
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).parents[2]
UNITS = ROOT / "packaging/systemd"
EXPOSURE_MOST = {"smprig-guard": 1.0, "smprigd": 1.0, "smprig-console": 1.5}  # of systemd-analyze's 0 to 10
NEEDED = {  # beyond what the exposure counts
    "smprig-guard": {"Type": "notify", "CPUSchedulingPolicy": "fifo", "LimitMEMLOCK": "infinity", "PrivateNetwork": "yes",
                     "DevicePolicy": "closed", "User": "smprig-guard"},
    "smprigd": {"Type": "notify", "CPUSchedulingPolicy": "rr", "DevicePolicy": "closed", "PrivateNetwork": "yes",
                "IPAddressDeny": "any", "User": "smprig"},
    "smprig-console": {"Type": "notify", "PrivateDevices": "yes", "User": "smprig-console"},
}
wrong = 0


def expect(holds, what, why=""):
    global wrong
    print("ok   " if holds else "WRONG", what, "" if holds else why)
    wrong += not holds


def run(*command):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True)


class Unit(configparser.RawConfigParser):
    optionxform = staticmethod(str)


def read(path):
    unit = Unit(strict=False)
    unit.read(path)
    return unit


def check_units(folder, bins):
    for path in UNITS.iterdir():
        (folder / path.name).write_text(path.read_text().replace("/usr/bin/", f"{bins}/"))
    verify = run("systemd-analyze", "verify", "--man=no", *folder.iterdir())
    expect(verify.returncode == 0 and not verify.stderr.strip(), "systemd reads every unit without a word", verify.stderr)
    for name, most in EXPOSURE_MOST.items():
        security = run("systemd-analyze", "security", "--offline=true", "--no-pager", folder / f"{name}.service")
        found = re.search(r"exposure level for \S+: ([0-9.]+)", security.stdout)
        expect(found and float(found[1]) <= most, f"{name}: exposure {found and found[1]}, at most {most}", security.stderr)
        service = read(UNITS / f"{name}.service")["Service"]
        for key, value in NEEDED[name].items():
            expect(service.get(key) == value, f"{name}: {key}={value}", f"it is {service.get(key)}")
        expect(int(service["WatchdogSec"]) <= 10, f"{name}: a watchdog of 10 s or less")
        expect("--start" not in service["ExecStart"], f"{name}: does not start a session by itself")


def check_users(folder):
    (folder / "usr/lib/sysusers.d").mkdir(parents=True)
    (folder / "etc").mkdir()
    shutil.copy(ROOT / "packaging/smprig.sysusers", folder / "usr/lib/sysusers.d/smprig.conf")
    made = run("systemd-sysusers", f"--root={folder}", "smprig.conf")
    expect(made.returncode == 0, "systemd-sysusers reads the users", made.stderr)
    users = {line.split(":")[0] for line in (folder / "etc/passwd").read_text().splitlines()}
    groups = {line.split(":")[0]: line.split(":")[3] for line in (folder / "etc/group").read_text().splitlines()}
    for name in EXPOSURE_MOST:
        user = read(UNITS / f"{name}.service")["Service"]["User"]
        expect(user in users, f"{name}'s user {user} is made")
    expect("smprig-console" in groups["smprig"] and "smprig-guard" in groups["smprig"], "both may read the cases")
    expect(groups["smprig-guard"] == "", "nobody else owns the port")
    expect("smprig" in groups["video"].split(","), "the daemon may open the cameras")
    rules = (ROOT / "packaging/70-smprig.rules").read_text()
    expect('GROUP="smprig-guard"' in rules and 'SYMLINK+="smprig-rig"' in rules, "the port is the guard's")
    expect('"*:ef0500:*", GROUP="video"' in rules, "USB3 Vision cameras are the group video's")


def check_settings(folder, bins):
    shipped = ROOT / "packaging/smprig.yaml"
    for program in ("smprigd", "smprig-guard", "smprig-console"):
        dump = run(bins / program, "--config", shipped, "--dump-config")
        expect(dump.returncode == 0 and f"# {shipped}:" in dump.stdout, f"{program} reads the shipped settings", dump.stderr)
    guard = read(UNITS / "smprig-guard.service")["Service"]
    expect(f"/run/{guard['RuntimeDirectory']}/" in dump.stdout, "the guard may make its socket where it is said to be")


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    if not shutil.which("systemd-analyze") or not shutil.which("systemd-sysusers"):
        print("systemd's tools are not there: skipped")
        sys.exit(77)
    with tempfile.TemporaryDirectory(prefix="smprig-units-") as folder:
        folder = pathlib.Path(folder)
        (folder / "units").mkdir()
        check_units(folder / "units", build / "bin")
        check_users(folder)
        check_settings(folder, build / "bin")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
