// A whole rig for a test: simulator, guard, daemon and console, each a real process with its sockets in
// a folder of its own; and a browser.
import { spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

const ROOT = path.resolve(
  import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname),
  "../..",
);

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export async function until(what, holds, timeout_ms = 30000) {
  const end = Date.now() + timeout_ms;
  while (Date.now() < end) {
    if (await holds()) return;
    await sleep(50);
  }
  throw new Error(`not within ${timeout_ms} ms: ${what}`);
}

const SCAN = "configs/scans/colin27.ply",
  RIG = "configs/rigs/gantry.yaml",
  SCENARIO = "configs/scenarios/demo.yaml";
const CAMERAS = "configs/cameras/stereo.yaml",
  RING = "configs/rings/crown12.yaml";

export const CLIENT = { name: "Simulated Client", born: "2000-01-01" };

/** Plan, order and calibration for a design, and a case of it: ready for a session, or new in a folder of
 * cases, for the page to load and to complete. The ordered plan's path. */
function makeCase({ bin, folder, design, densityPercent, isNewCase }) {
  const run = (command) => {
    const args = command.split("|").map((word) => word.trim());
    const done = spawnSync(path.join(bin, "smprig"), args, { cwd: ROOT, encoding: "utf8" });
    if (done.status !== 0) throw new Error(`smprig ${args.join(" ")}: ${done.stderr}`);
  };
  const home = isNewCase ? path.join(folder, "cases/first") : folder;
  fs.mkdirSync(home, { recursive: true });
  const [draft, plan, file, scan] = ["draft.ply", "plan.ply", "case.db", "scan.ply"].map((name) =>
    path.join(home, name),
  );
  const who = `--name|${CLIENT.name}|--born|${CLIENT.born}`;
  fs.copyFileSync(path.join(ROOT, SCAN), scan);
  run(
    `calibrate|simulated|--cameras|${CAMERAS}|--ring|${RING}|--scan|${SCAN}|-o|${folder}/calibration`,
  );
  run(`plan|--scan|${SCAN}|--design|${design}|--density-percent|${densityPercent}|-o|${draft}`);
  run(`order|--plan|${draft}|--rig|${RIG}|--pose|${SCENARIO}|-o|${plan}`);
  run(`case|new|${file}|${who}|--scan|${scan}|--plan|${plan}|--consent|README.md|--witness|test`);
  if (isNewCase) return plan;
  run(`case|screen|${file}|--by|test|--others|no`);
  const lots = `--cartridge|${path.basename(folder)}|--needle-lot|1|--pigment|all=1`;
  run(`case|session|${file}|${who}|--by|test|${lots}`);
  return plan;
}

export class Rig {
  constructor(
    bin,
    {
      design = "configs/designs/patch.yaml",
      densityPercent = 100,
      isNewCase = false,
      daemonOptions = [],
      consoleOptions = [],
    } = {},
  ) {
    this.isNewCase = isNewCase;
    this.bin = path.resolve(bin);
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), "smprig-console-"));
    this.programs = {};
    this.design = design;
    this.densityPercent = densityPercent;
    this.daemonOptions = daemonOptions;
    this.consoleOptions = consoleOptions;
  }

  at(name) {
    return path.join(this.folder, name);
  }

  start(name, program, args) {
    const log = fs.openSync(this.at(`${name}.log`), "a");
    const child = spawn(path.join(this.bin, program), args, {
      cwd: ROOT,
      stdio: ["ignore", name === "console" ? "pipe" : log, log],
    });
    this.programs[name] = child;
    return child;
  }

  async appears(name, who) {
    await until(
      `${name} appears`,
      () => fs.existsSync(this.at(name)) || this.programs[who].exitCode !== null,
      90000,
    );
    if (this.programs[who].exitCode !== null) throw new Error(`${who}: ${this.logOf(who)}`);
  }

  logOf(name) {
    return fs.readFileSync(this.at(`${name}.log`), "utf8");
  }

  async open() {
    this.plan = makeCase(this);
    const truth = `--rig ${RIG} --scan ${SCAN} --cameras ${CAMERAS} --ring ${RING}`.split(" ");
    this.start("rigsim", "smprig-rigsim", [
      ...truth,
      "--scenario",
      SCENARIO,
      "--frames",
      this.at("frames"),
      "--port",
      this.at("port"),
      "--truth",
      this.at("truth.csv"),
    ]);
    await this.appears("frames", "rigsim");
    this.start("guard", "smprig-guard", ["--port", this.at("port"), "--socket", this.at("guard")]);
    await this.appears("guard", "guard");
    await this.openDaemon();
    await this.openConsole();
  }

  async openDaemon() {
    const calibration = this.at("calibration");
    const believed = [
      ...["--rig", RIG, "--cameras", `${calibration}/cameras.yaml`],
      ...["--ring", `${calibration}/ring.yaml`, "--calibration", calibration],
    ];
    const opened = this.isNewCase
      ? ["--cases", this.at("cases")]
      : ["--scan", SCAN, "--plan", this.plan, "--case", this.at("case.db")];
    const edges = [
      ...["--frames", `shm:${this.at("frames")}`, "--guard", this.at("guard")],
      ...["--api", this.at("api")],
    ];
    fs.rmSync(this.at("api"), { force: true });
    this.start("daemon", "smprigd", [...believed, ...opened, ...edges, ...this.daemonOptions]);
    await this.appears("api", "daemon");
  }

  async openConsole() {
    this.setAccount("anna", "operator", "a long password");
    this.setAccount("sven", "supervisor", "s long password");
    this.setAccount("bert", "operator", "b long password");
    this.setAccount("tina", "technician", "t long password");
    this.setAccount("olga", "observer", "o long password");
    const child = this.start("console", "smprig-console", [
      "--port",
      "0",
      "--api",
      this.at("api"),
      "--accounts",
      this.at("accounts"),
      "--audit",
      this.at("audit.jsonl"),
      "--one-time",
      ...this.consoleOptions,
    ]);
    this.address = await new Promise((resolve, reject) => {
      child.stdout.once("data", (data) => resolve(String(data).trim()));
      child.once("exit", () => reject(new Error(this.logOf("console"))));
    });
    this.base = this.address.replace(/#.*/, "");
  }

  setAccount(name, role, password) {
    const done = spawnSync(
      path.join(this.bin, "smprig-console"),
      ["--accounts", this.at("accounts"), "--set-account", name, "--role", role],
      { input: `${password}\n`, encoding: "utf8" },
    );
    if (done.status !== 0) throw new Error(done.stderr);
  }

  /** One call to the daemon's socket, as the command line makes it. */
  api(...args) {
    const done = spawnSync(
      path.join(this.bin, "smprig"),
      [...args, "--api", this.at("api"), "--json"],
      { encoding: "utf8" },
    );
    return done.status === 0 ? JSON.parse(done.stdout) : { error: done.stderr };
  }

  audit() {
    return fs
      .readFileSync(this.at("audit.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((text) => JSON.parse(text));
  }

  async close() {
    for (const name of ["console", "daemon", "guard", "rigsim"]) {
      const child = this.programs[name];
      if (!child || child.exitCode !== null) continue;
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      child.kill("SIGCONT");
      await Promise.race([gone, sleep(4000)]);
      if (child.exitCode === null) child.kill("SIGKILL");
    }
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--enable-unsafe-swiftshader",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Drawing in software must not take the processor from the rig: a gentle browser gives way. */
function gentleCommand(folder, executablePath) {
  const gentle = path.join(folder, "chromium");
  fs.writeFileSync(gentle, `#!/bin/sh\nexec nice -n 19 ${executablePath} "$@"\n`, { mode: 0o755 });
  return gentle;
}

export async function openBrowser({ isGentle = true } = {}) {
  const { chromium } = await import("playwright-core");
  const found = CHROMIUM.find((candidate) => fs.existsSync(candidate));
  if (!found) throw new Error("no Chromium: apt-get install chromium");
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "smprig-browser-"));
  const executablePath = isGentle ? gentleCommand(folder, found) : found;
  const browser = await chromium.launch({ executablePath, args: FLAGS });
  fs.rmSync(folder, { recursive: true }); // it has been read
  return browser;
}
