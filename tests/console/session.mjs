// A whole session driven from the page, against the simulated rig with the real programs: log in, arm,
// start, hold by Space, resume, answer a prompt, an alarm, a second controller, a lost heartbeat; and
// what must be refused. session.mjs BIN_FOLDER: prints what it saw, exits 1 at the first thing wrong.
import fs from "node:fs";
import { createRequire } from "node:module";
import WebSocket from "ws";
import { Rig, openBrowser, sleep, until } from "./rig.mjs";

const AXE = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let count = 0;

function expect(holds, what) {
  console.log(holds ? "ok   " : "WRONG", what);
  if (!holds) throw new Error(what);
  count++;
}

async function openPage(browser, rig, name, password) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  page.on("pageerror", (error) => console.log("page error:", error.message));
  await page.goto(rig.base);
  await page.fill("#name", name);
  await page.fill("#password", password);
  await page.click("button[type=submit]");
  await page.waitForSelector("#hold");
  await until(`${name} is greeted`, async () => (await page.textContent("#command")) !== "");
  return page;
}

const stateOf = (page) => page.textContent("#state");
const reach = (page, wanted) =>
  until(`the page says ${wanted}`, async () => (await stateOf(page)) === wanted, 40000);

async function axe(page, where) {
  // The policy forbids foreign scripts in the page: axe is put in from outside it.
  await page.evaluate(AXE);
  const found = await page.evaluate(() =>
    window.axe.run(document, { resultTypes: ["violations"] }),
  );
  const serious = found.violations.filter((one) => ["serious", "critical"].includes(one.impact));
  for (const one of serious)
    console.log(
      one.id,
      one.nodes.slice(0, 3).map((node) => node.html.slice(0, 120)),
    );
  expect(serious.length === 0, `axe finds no serious fault: ${where}`);
}

async function armAndStart(page) {
  await page.click("#tab-prepare");
  await page.click("#arm");
  await reach(page, "ARMED");
  await page.click("#tab-session");
  await page.click("#resume");
  await reach(page, "RUNNING");
}

async function aSession(rig, page) {
  await page.click("#take");
  await until("anna is in command", async () => !!(await page.$("#give")));
  await axe(page, "session, light");
  await armAndStart(page);
  await until("dots are struck", () => rig.api("status").dots_done > 3);
  expect(true, "armed and started from the page; dots are struck");
  const pressed = Date.now();
  await page.keyboard.press("Space");
  await reach(page, "HELD");
  expect(true, `Space holds (${Date.now() - pressed} ms to the page)`);
  const done = rig.api("status").dots_done;
  await sleep(600);
  expect(rig.api("status").dots_done - done <= 1, "held: nothing is struck");
  await page.click("#resume");
  await reach(page, "RUNNING");
  expect(true, "resumed");
}

async function aSecondController(rig, page, browser) {
  const second = await openPage(browser, rig, "bert", "b long password");
  expect(
    (await second.textContent("#command")).includes("anna is in command"),
    "bert sees who is in command",
  );
  await second.click("#ask");
  await until("anna sees that bert asks", async () =>
    (await page.textContent("#command")).includes("bert asks"),
  );
  expect(
    await second.isDisabled("#abort"),
    "a second controller is refused, and its request is seen",
  );
  await second.context().close();
}

async function aPrompt(page) {
  await page.waitForSelector("#answer-pigment", { timeout: 60000 });
  await reach(page, "HELD");
  expect(await page.isDisabled("#resume"), "a prompt must be answered before the run goes on");
  await until("the answer can be given", () => page.isEnabled("#answer-pigment"));
  await page.click("#answer-pigment");
  await reach(page, "RUNNING");
  expect(true, "the prompt is answered, the run goes on");
}

async function anAlarm(rig, page) {
  rig.programs.rigsim.kill("SIGSTOP"); // the board and the cameras fall silent
  await page.waitForSelector(".alarm", { timeout: 10000 });
  await until("a fault", async () => (await stateOf(page)) === "FAULT");
  const text = await page.textContent("#alarms");
  expect(/Safe now: .+To do: .+/.test(text), "an alarm says what is safe and what to do");
  rig.programs.rigsim.kill("SIGCONT");
  await sleep(500);
  await page.click("#acknowledge");
  await reach(page, "LOCKED");
  expect(true, "the alarm is acknowledged; the rig comes up locked and asks");
  await armAndStart(page);
}

async function aLostHeartbeat(rig, page) {
  const before = Date.now();
  await page.context().close(); // the page in command is gone
  await until("held", () => rig.api("status").phase === "held", 10000);
  const state = rig.api("status");
  expect(
    state.reason.includes("has gone") && state.command.holder === "",
    `a lost page holds the session (${Date.now() - before} ms) and leaves the seat`,
  );
}

/** A WebSocket of our own, for what no page of ours would say. */
function talk(rig, { cookie, origin = rig.base.slice(0, -1), messages = [], wait_ms = 700 }) {
  return new Promise((resolve) => {
    const heard = [];
    const socket = new WebSocket(`${rig.base.replace("http", "ws")}ws`, "smprig", {
      headers: { cookie, origin },
    });
    let isOpen = false,
      timer = null;
    const end = () => {
      clearTimeout(timer);
      resolve({ isOpen, heard, isClosed: socket.readyState > 1 });
      socket.close();
    };
    socket.onopen = () => {
      isOpen = true;
      messages.forEach((message) => typeof message === "string" && socket.send(message));
      timer = setTimeout(end, wait_ms);
    };
    socket.onmessage = (event) => {
      const message = JSON.parse(event.data);
      heard.push(message);
      if (message.method === "hello")
        messages
          .filter((one) => typeof one === "function")
          .forEach((one) => socket.send(one(message.params)));
    };
    socket.onclose = end;
    socket.onerror = end;
  });
}

async function whatIsRefused(rig) {
  const origin = rig.base.slice(0, -1);
  const login = (body, headers = { origin }) =>
    fetch(`${rig.base}login`, { method: "POST", headers, body: JSON.stringify(body) });
  const before = rig.api("status").dots_done;
  for (const path of [
    "..%2f..%2fetc%2fpasswd",
    "app/../../secrets",
    "%2e%2e/%2e%2e/etc/passwd",
    "app/nothing.js",
  ])
    expect([403, 404].includes((await fetch(rig.base + path)).status), `no file at /${path}`);
  expect(
    (await fetch(`${rig.base}case/dots`)).status === 401,
    "the case only for who is logged in",
  );
  expect(
    (
      await login(
        { name: "anna", password: "a long password" },
        { origin: "http://elsewhere.example" },
      )
    ).status === 403,
    "a login from another origin",
  );
  expect(
    (await login({ name: "anna", password: "wrong password" })).status === 403,
    "a wrong password",
  );
  const olga = await login({ name: "olga", password: "o long password" });
  const cookie = olga.headers.get("set-cookie").split(";")[0],
    { csrf } = await olga.json();
  expect(
    /HttpOnly.*SameSite=Strict/.test(olga.headers.get("set-cookie")),
    "the cookie is kept from scripts and other sites",
  );
  expect(
    /script-src 'self' 'sha256-/.test(olga.headers.get("content-security-policy")),
    "a strict content security policy",
  );
  const hello = JSON.stringify({ hello: csrf });
  const call =
    (method, step = 1) =>
    ({ seq }) =>
      JSON.stringify({ seq: seq + step, method });
  const refused = (talked) => talked.heard.find((message) => message.error)?.error.message ?? "";
  expect(!(await talk(rig, { cookie: "" })).isOpen, "a WebSocket without a login");
  expect(
    !(await talk(rig, { cookie, origin: "http://elsewhere.example" })).isOpen,
    "a WebSocket from another origin",
  );
  expect(
    (await talk(rig, { cookie, messages: [JSON.stringify({ hello: "0".repeat(64) })] })).isClosed,
    "a wrong token",
  );
  expect((await talk(rig, { cookie, messages: [hello, '{"seq":'] })).isClosed, "malformed JSON");
  expect(
    (await talk(rig, { cookie, messages: [hello, "x".repeat(100000)] })).isClosed,
    "a huge message",
  );
  expect(
    refused(await talk(rig, { cookie, messages: [hello, call("start")] })).includes("role"),
    "a role that may not",
  );
  expect(
    refused(await talk(rig, { cookie, messages: [hello, call("hold", 2)] })).includes("stale"),
    "a call out of its turn",
  );
  expect(
    refused(await talk(rig, { cookie, messages: [hello, call("hold"), call("hold")] })).includes(
      "stale",
    ),
    "a call played again",
  );
  expect(
    refused(await talk(rig, { cookie, messages: [hello, call("dance")] })).includes("no such call"),
    "a call that does not exist",
  );
  for (let i = 0; i < 6; i++) await login({ name: "anna", password: "wrong password" });
  expect(
    (await login({ name: "anna", password: "a long password" })).status === 429,
    "too many failed tries",
  );
  expect(rig.api("status").dots_done === before, "nothing of all that moved anything");
  const record = rig
    .audit()
    .filter((line) => line.refused)
    .map((line) => line.refused)
    .join("\n");
  for (const what of ["another origin", "wrong token", "stale", "role", "wrong name or password"])
    expect(record.includes(what), `the record has it: ${what}`);
}

async function metrics(rig) {
  const text = await (await fetch(`${rig.base}metrics`)).text();
  expect(
    /^smprig_phase\{phase="held"\} 1$/m.test(text) && /^smprig_up 1$/m.test(text),
    "/metrics tells the phase",
  );
}

const rig = new Rig(process.argv[2], { daemonOptions: ["--dots-per-load", "70"] });
let browser = null,
  exitCode = 0;
try {
  await rig.open();
  browser = await openBrowser();
  expect(rig.api("call", "info").rig.name === "gantry", "smprig call asks the same API");
  expect(
    /no dot 999999/.test(rig.api("call", "skip", "dots=[999999]", "why=a scar").error),
    "smprig call tells a refusal",
  );
  const page = await openPage(browser, rig, "anna", "a long password");
  await aSession(rig, page);
  await aSecondController(rig, page, browser);
  await aPrompt(page);
  await anAlarm(rig, page);
  await aLostHeartbeat(rig, page);
  await metrics(rig);
  await whatIsRefused(rig);
  console.log(`${count} passed, 0 failed`);
} catch (error) {
  console.log("FAILED:", error.message);
  for (const name of ["daemon", "guard", "console"])
    if (rig.programs[name])
      console.log(
        `--- ${name}\n${rig.programs[name].exitCode ?? ""}${name === "console" ? "" : rig.logOf(name).slice(-1500)}`,
      );
  exitCode = 1;
}
await browser?.close();
await rig.close();
process.exit(exitCode);
