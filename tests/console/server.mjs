// The console's server alone, before a daemon of our own that counts what comes through: TLS, origins,
// tokens, replays, huge frames, paths, rates. server.mjs BIN_FOLDER: exits 1 at the first thing wrong.
import { spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import http from "node:http";
import https from "node:https";
import os from "node:os";
import path from "node:path";
import WebSocket from "ws";
import { FakeDaemon } from "./fake_daemon.mjs";
import { whatIsRefused } from "./server_refuses.mjs";

const bin = path.resolve(process.argv[2]);
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "smprig-server-"));
const at = (name) => path.join(folder, name);
const programs = [];
let count = 0;

function expect(holds, what) {
  console.log(holds ? "ok   " : "WRONG", what);
  if (!holds) throw new Error(what);
  count++;
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function setAccount(name, role) {
  const done = spawnSync(
    path.join(bin, "smprig-console"),
    ["--accounts", at("accounts"), "--set-account", name, "--role", role],
    { input: `${name} has a long password\n`, encoding: "utf8" },
  );
  if (done.status !== 0) throw new Error(done.stderr);
}

/** Start a console; its address, or its refusal. */
function startConsole(...more) {
  const child = spawn(path.join(bin, "smprig-console"), [
    "--port",
    "0",
    "--api",
    at("api"),
    "--accounts",
    at("accounts"),
    "--audit",
    at("audit.jsonl"),
    "--one-time",
    ...more,
  ]);
  programs.push(child);
  return new Promise((resolve) => {
    let said = "",
      complained = "";
    child.stderr.on("data", (data) => (complained += data));
    child.stdout.on("data", (data) => {
      said += data;
      if (said.includes("\n"))
        resolve({ base: said.trim().replace(/#.*/, ""), told: () => complained });
    });
    child.once("exit", (code) => resolve({ code, complained }));
  });
}

function request(base, where, { method = "GET", headers = {}, body } = {}) {
  const { protocol, hostname, port } = new URL(base);
  const library = protocol === "https:" ? https : http;
  return new Promise((resolve, reject) => {
    const asking = library.request(
      { hostname, port, path: where, method, headers, rejectUnauthorized: false },
      (answer) => {
        let text = "";
        answer.on("data", (data) => (text += data));
        answer.on("close", () => reject(new Error("cut off")));
        answer.on("end", () =>
          resolve({ status: answer.statusCode, headers: answer.headers, text }),
        );
      },
    );
    asking.on("error", reject);
    asking.end(body);
  });
}

async function login(base, name, changes = {}) {
  const origin = base.slice(0, -1);
  const body = JSON.stringify({ name, password: `${name} has a long password`, ...changes.body });
  return request(base, "/login", {
    method: "POST",
    headers: { origin, "content-length": Buffer.byteLength(body), ...changes.headers },
    body,
  });
}

async function talker(base, name) {
  const answer = await login(base, name);
  if (answer.status !== 200) throw new Error(`${name} cannot log in: ${answer.status}`);
  return {
    base,
    cookie: answer.headers["set-cookie"][0].split(";")[0],
    csrf: JSON.parse(answer.text).csrf,
  };
}

/** Open a WebSocket, say hello, do `act` with a way to call; what was heard and how it ended. */
function talk(
  { base, cookie, csrf },
  act,
  { origin = base.slice(0, -1), wait_ms = 500, ...more } = {},
) {
  return new Promise((resolve) => {
    const heard = [];
    const socket = new WebSocket(`${base.replace("http", "ws")}ws`, "smprig", {
      headers: { cookie, origin },
      rejectUnauthorized: false,
      ...more,
    });
    let isOpen = false,
      timer = null;
    const end = () => {
      clearTimeout(timer);
      resolve({
        isOpen,
        heard,
        isClosed: socket.readyState > 1,
        refusals: heard.flatMap((one) => (one.error ? [one.error.message] : [])),
      });
      socket.terminate();
    };
    socket.on("open", () => {
      isOpen = true;
      socket.send(JSON.stringify({ hello: csrf }));
      timer = setTimeout(end, wait_ms);
    });
    socket.on("message", (data) => {
      const message = JSON.parse(data);
      heard.push(message);
      if (message.method !== "hello") return;
      let seq = message.params.seq;
      act?.({
        socket,
        seq,
        call: (method, params) => socket.send(JSON.stringify({ seq: ++seq, method, params })),
      });
    });
    socket.on("close", end);
    socket.on("error", end);
  });
}

function makeCertificate() {
  const done = spawnSync("openssl", [
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:prime256v1",
    "-nodes",
    "-days",
    "2",
    "-subj",
    "/CN=localhost",
    "-addext",
    "subjectAltName=DNS:localhost,IP:127.0.0.1",
    "-keyout",
    at("key.pem"),
    "-out",
    at("certificate.pem"),
  ]);
  return done.status === 0;
}

async function withTls(daemon) {
  if (!makeCertificate()) {
    console.log("skipped: no openssl to make a certificate with");
    return;
  }
  const pair = ["--certificate", at("certificate.pem"), "--key", at("key.pem")];
  const open = await startConsole("--listen", "0.0.0.0");
  expect(
    open.code !== undefined && /a certificate is needed/.test(open.complained),
    `beyond this machine a certificate is needed: ${open.complained.trim()}`,
  );
  const half = await startConsole("--certificate", at("certificate.pem"));
  expect(
    half.code !== undefined && /go together/.test(half.complained),
    "a certificate without its key is refused",
  );
  const wide = await startConsole("--listen", "0.0.0.0", "--public-name", "localhost", ...pair);
  const base = wide.base?.replace("0.0.0.0", "localhost");
  expect(base?.startsWith("https://localhost:"), "with a certificate it listens everywhere");
  const page = await request(base, "/");
  expect(
    page.status === 200 && page.headers["strict-transport-security"],
    "https serves the page and stays https",
  );
  const old = await new Promise((resolve) => {
    const { port } = new URL(base);
    const socket = https.get({
      hostname: "127.0.0.1",
      port,
      path: "/",
      rejectUnauthorized: false,
      maxVersion: "TLSv1.1",
      minVersion: "TLSv1",
    });
    socket.on("response", () => resolve("answered"));
    socket.on("error", (error) => resolve(error.message));
  });
  expect(old !== "answered", "TLS 1.1 is refused");
  const plain = await request(base.replace("https", "http"), "/").then(
    (answer) => answer.status,
    () => 0,
  );
  expect(plain !== 200, "plain http to the same port gives no page");
  const olga = await login(base, "olga");
  expect(
    olga.status === 200 && /; Secure/.test(olga.headers["set-cookie"][0]),
    "the cookie goes over TLS alone",
  );
  const said = await talk(await talker(base, "anna"), ({ call }) => call("arm"));
  expect(
    said.isOpen && daemon.asked.at(-1).method === "arm" && daemon.asked.at(-1).name === "anna",
    "a call over wss reaches the daemon, by its person's name",
  );
}

async function paths(base) {
  const long = await request(base, "/" + "a/".repeat(2000)).catch(() => ({ status: 400 }));
  expect(long.status >= 400, "no file at a path of four thousand letters");
  expect(
    (await request(base, "/", { method: "PUT" }).catch(() => ({ status: 405 }))).status >= 400,
    "only what is asked for is answered: no PUT",
  );
  const huge = await request(base, "/login", {
    method: "POST",
    headers: { origin: base.slice(0, -1), "content-length": 2000000 },
    body: "x".repeat(2000000),
  }).catch(() => ({ status: 413 }));
  expect(huge.status >= 400, "a login of two megabytes is refused");
}

async function calls(daemon, anna, olga) {
  const before = daemon.asked.length;
  let frame = null;
  const replay = await talk(anna, ({ socket, seq }) => {
    frame = JSON.stringify({ seq: seq + 1, method: "arm" });
    socket.send(frame);
    socket.send(frame);
    socket.send(JSON.stringify({ seq: seq + 5, method: "arm" }));
  });
  expect(
    replay.refusals.filter((why) => why.includes("stale or doubled")).length === 2,
    "a doubled and a skipped number are refused",
  );
  expect(daemon.asked.length === before + 1, "and only one of the three reached the daemon");
  const later = await talk(anna, ({ socket }) => socket.send(frame));
  expect(
    later.refusals.length === 1 && daemon.asked.length === before + 1,
    "a call kept from an older connection is refused on a new one",
  );
  const observer = await talk(olga, ({ call }) => {
    call("arm");
    call("jog");
    call("dance");
    call("hold");
  });
  expect(
    observer.refusals.filter((why) => why === "your role may not").length === 2,
    "an observer may neither arm nor jog",
  );
  expect(
    observer.refusals.includes("no such call") && daemon.asked.at(-1).method === "hold",
    "no such call; but everybody may hold",
  );
  const private_ones = await talk(anna, ({ call }) =>
    ["subscribe", "dots", "head", "fates", "methods"].forEach((method) => call(method)),
  );
  expect(private_ones.refusals.length === 5, "what only the console asks");
  await talk(anna, ({ call }) =>
    call("confirm_client", { name: "Jane Client", born: "1980-12-31" }),
  );
  const audit = fs.readFileSync(at("audit.jsonl"), "utf8");
  expect(
    audit.includes("confirm_client") && !audit.includes("Jane"),
    "a call that tells of a client is kept without its words",
  );
  const flood = await talk(
    anna,
    ({ call }) => {
      for (let i = 0; i < 60; i++) call("state");
    },
    { wait_ms: 3000 },
  );
  expect(flood.isClosed, "sixty calls at once close the page");
}

async function passwords(base) {
  let answer = null;
  for (let i = 0; i < 6; i++)
    answer = await login(base, "bert", { body: { password: `wrong ${i}` } });
  expect(answer.status === 429, "after five wrong passwords nobody may try for a while");
  expect((await login(base, "anna")).status === 429, "the right one neither");
  const lines = fs
    .readFileSync(at("audit.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const record = lines
    .filter((line) => line.refused)
    .map((line) => line.refused)
    .join("\n");
  for (const what of [
    "another origin",
    "wrong token",
    "stale or doubled",
    "your role may not",
    "wrong name or password",
  ])
    expect(record.includes(what), `the record has it: ${what}`);
  expect(
    !fs.readFileSync(at("audit.jsonl"), "utf8").includes("has a long password"),
    "and no password",
  );
}

const daemon = new FakeDaemon(at("api"));
let exitCode = 0;
try {
  setAccount("anna", "operator");
  setAccount("olga", "observer");
  await withTls(daemon);
  const { base, told, complained } = await startConsole();
  if (!base) throw new Error(complained);
  await sleep(300); // the console asks its daemon for the methods
  const anna = await talker(base, "anna"),
    olga = await talker(base, "olga");
  const tools = { expect, request, login, talk, talker, sleep, told };
  await whatIsRefused({ ...tools, base, anna, olga, daemon, auditPath: at("audit.jsonl") });
  await paths(base);
  await calls(daemon, anna, olga);
  await passwords(base);
  console.log(`${count} passed, 0 failed`);
} catch (error) {
  console.log("FAILED:", error.message);
  exitCode = 1;
}
for (const child of programs) child.kill();
daemon.close();
fs.rmSync(folder, { recursive: true, force: true });
process.exit(exitCode);
