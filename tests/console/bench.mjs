// The console's figures, with the real programs and headless Chromium drawing in software:
// bench.mjs BIN_FOLDER [frames] (frames: those alone) prints `figure NAME VALUE UNIT goal GOAL ok|short` lines. Times of a loaded machine
// are of a loaded machine: run it alone.
import { spawn } from "node:child_process";
import fs from "node:fs";
import net from "node:net";
import { frames, manyDots } from "./bench_frames.mjs";
import { figure, login, openPage, quantile } from "./bench_page.mjs";
import { Rig, openBrowser, sleep, until } from "./rig.mjs";

const WINDOW_MS = 12000;
const PAIRS = 6; // of windows without and with a crowd
const HOLDS = 12;

/** One connection to the daemon's socket. */
class Api {
  constructor(path) {
    this.socket = net.connect(path);
    this.waiting = new Map();
    this.number = 0;
    let text = "";
    this.socket.on("data", (data) => {
      text += data;
      for (let end; (end = text.indexOf("\n")) >= 0; text = text.slice(end + 1)) {
        const answer = JSON.parse(text.slice(0, end));
        this.waiting.get(answer.id)?.(answer.result ?? { refused: answer.error?.message });
        this.waiting.delete(answer.id);
      }
    });
  }

  ask(method, params = {}, as = undefined) {
    const id = ++this.number;
    this.socket.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params, as })}\n`);
    return new Promise((resolve) => this.waiting.set(id, resolve));
  }
}

/** Processor time so far, s, and memory that is a program's own and its share of the common, MB. */
function spent(pid) {
  const words = fs
    .readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  const memory = fs.readFileSync(`/proc/${pid}/smaps_rollup`, "utf8").match(/^Pss: +(\d+)/m);
  return {
    cpu_s: (Number(words[11]) + Number(words[12])) / 100,
    memory_mb: Number(memory[1]) / 1024,
  };
}

/** A machine that is too busy stops the session, as it must: begin again, some times. */
async function recover(api, why) {
  console.log(
    `# not running any more (is the machine too busy?): ${why.phase}: ${why.reason.slice(0, 100)}`,
  );
  for (let i = 0; i < 600; i++) {
    const { phase } = await api.ask("state");
    if (phase === "running") return;
    if (phase === "fault") await api.ask("acknowledge", { needle_out: true });
    if (["locked", "ready", "held", "armed"].includes(phase)) await api.ask("start");
    await sleep(500);
  }
  throw new Error("the session does not run again");
}

async function rate(api, duration_ms, tries = 4) {
  const first = await api.ask("state");
  const begun = performance.now();
  await sleep(duration_ms);
  const took_ms = performance.now() - begun;
  const last = await api.ask("state");
  const isWhole = first.phase === "running" && last.phase === "running";
  if (isWhole) return ((last.dots_done_now - first.dots_done_now) * 1000) / took_ms;
  if (tries === 1) throw new Error("no whole window of running");
  await recover(api, last);
  return rate(api, duration_ms, tries - 1);
}

/** A process's threads by name: processor time so far, s. */
function threads(pid) {
  const all = {};
  for (const thread of fs.readdirSync(`/proc/${pid}/task`)) {
    const [, name, rest] = fs
      .readFileSync(`/proc/${pid}/task/${thread}/stat`, "utf8")
      .match(/\((.*)\) (.*)/);
    const words = rest.split(" ");
    all[name] = (all[name] ?? 0) + (Number(words[11]) + Number(words[12])) / 100;
  }
  return all;
}

async function load(rig, api) {
  const pids = Object.fromEntries(
    ["daemon", "guard", "console"].map((name) => [name, rig.programs[name].pid]),
  );
  const before = Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, spent(pid)]));
  const threadsBefore = threads(pids.daemon);
  const begun = performance.now();
  const dots_s = await rate(api, WINDOW_MS);
  const took_s = (performance.now() - begun) / 1000;
  let cpu = 0,
    memory = 0;
  for (const [name, pid] of Object.entries(pids)) {
    const now = spent(pid),
      share = (100 * (now.cpu_s - before[name].cpu_s)) / took_s;
    console.log(`# ${name}: ${share.toFixed(1)} % of a core, ${now.memory_mb.toFixed(0)} MB`);
    cpu += share;
    memory += now.memory_mb;
  }
  const parts = Object.entries(threads(pids.daemon)).map(
    ([name, cpu_s]) =>
      `${name} ${((100 * (cpu_s - (threadsBefore[name] ?? 0))) / took_s).toFixed(1)} %`,
  );
  console.log(`# the daemon's threads: ${parts.join(", ")}`);
  figure("console_dots", dots_s, "dots/s", ">=", 11);
  figure("console_cpu", cpu, "%", "<=", 15);
  figure("console_memory", memory, "MB", "<=", 400);
}

/** 100 slow and 100 hostile pages; the way to end them. */
async function openCrowd(rig, { cookie, csrf }) {
  const clients = spawn(
    "nice",
    ["-n", "15", process.execPath, "clients.mjs", rig.base, cookie, csrf, "100", "100"],
    { stdio: "ignore" },
  );
  await sleep(2500);
  return async () => {
    clients.kill();
    await sleep(500);
  };
}

/** Pairs of windows without and with the crowd, in the order calm busy, busy calm, ..., so that the head's
 * own ups and downs and a drift are in both; each window is whole breaths long. The mean of the pairs'
 * differences, told with its standard error: a difference below it is none. */
async function crowd(rig, api) {
  const olga = await login(rig, "olga", "o long password");
  const pids = ["daemon", "console"].map((name) => rig.programs[name].pid);
  const windows = { calm: [], busy: [] };
  const cpu = { calm: [0, 0], busy: [0, 0] };
  let end = null;
  for (let i = 0; i < 2 * PAIRS; i++) {
    const kind = i % 4 === 1 || i % 4 === 2 ? "busy" : "calm";
    if (kind === "busy") end ??= await openCrowd(rig, olga);
    else end = await end?.();
    const before = pids.map((pid) => spent(pid).cpu_s);
    const begun = performance.now();
    windows[kind].push(await rate(api, WINDOW_MS));
    const took_s = (performance.now() - begun) / 1000;
    pids.forEach((pid, k) => (cpu[kind][k] += (spent(pid).cpu_s - before[k]) / took_s / PAIRS));
  }
  await end?.();
  const { calm, busy } = windows;
  const mean = (list) => list.reduce((a, b) => a + b) / list.length;
  const changes = calm.map((x, i) => (100 * (busy[i] - x)) / mean(calm));
  const change = mean(changes);
  const spread = Math.sqrt(mean(changes.map((x) => (x - change) ** 2)) / (PAIRS - 1));
  const share = ([daemon, itself]) =>
    `daemon ${(100 * daemon).toFixed(1)} %, console ${(100 * itself).toFixed(1)} %`;
  console.log(
    `# dots/s calm ${calm.map((x) => x.toFixed(2))}, with 200 clients ${busy.map((x) => x.toFixed(2))}`,
  );
  console.log(`# of a core: calm ${share(cpu.calm)}; with 200 clients ${share(cpu.busy)}`);
  console.log(`# change ${change.toFixed(2)} %, standard error ${spread.toFixed(2)} %`);
  figure("console_crowd", Math.abs(change), "%", "<=", 2);
}

/** From a hold at the daemon's socket to its word in the page. */
async function latency(api, page) {
  await page.evaluate(() => {
    window.changes = [];
    new MutationObserver(() =>
      window.changes.push([Date.now(), document.querySelector("#state").textContent]),
    ).observe(document.querySelector("#state"), {
      childList: true,
      characterData: true,
      subtree: true,
    });
  });
  const took_ms = [];
  for (let i = 0; i < HOLDS; i++) {
    const now = await api.ask("state");
    if (now.phase !== "running") await recover(api, now);
    await sleep(200 + 37 * i);
    const asked = Date.now();
    await api.ask("hold");
    await until(
      "the page says HELD",
      () =>
        page.evaluate(
          (from) => window.changes.some(([at, text]) => at >= from && text === "HELD"),
          asked,
        ),
      5000,
    );
    took_ms.push(
      await page.evaluate(
        (from) => window.changes.find(([at, text]) => at >= from && text === "HELD")[0] - from,
        asked,
      ),
    );
    await until("at rest", async () => (await api.ask("state")).guard !== "holding", 5000);
    await api.ask("resume");
  }
  figure("console_event_to_page_p95", quantile(took_ms, 0.95), "ms", "<=", 150);
}

async function whileRunning(rig, browser, api, cookie) {
  const { page, load_ms } = await openPage(browser, rig.base, cookie);
  figure("console_page_load", load_ms / 1000, "s", "<=", 2);
  await until("locked", async () => (await api.ask("state")).phase === "locked");
  await api.ask("start");
  await until("dots are struck", async () => (await api.ask("state")).dots_done_now > 10, 60000);
  await load(rig, api);
  await crowd(rig, api);
  await latency(api, page);
  await page.context().close();
  await api.ask("hold");
}

/** Dots for all of it: some five minutes of striking. */
const rig = new Rig(process.argv[2], { design: "configs/designs/crown.yaml", densityPercent: 200 });
let browser = null,
  exitCode = 0;
try {
  await rig.open();
  browser = await openBrowser();
  const api = new Api(rig.at("api"));
  const { cookie } = await login(rig, "anna", "a long password");
  await until(
    "the head is at the console",
    async () => (await fetch(`${rig.base}case/head`, { headers: { cookie } })).status === 200,
    180000,
  );
  const answers = await manyDots(api);
  if (process.argv[3] !== "frames") await whileRunning(rig, browser, api, cookie);
  await browser.close();
  browser = await openBrowser({ isGentle: false }); // the rig rests: the page is what is measured
  await frames(rig, browser, answers);
} catch (error) {
  console.log("FAILED:", error.message);
  exitCode = 1;
}
await browser?.close();
await rig.close();
process.exit(exitCode);
