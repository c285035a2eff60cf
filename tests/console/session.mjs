// A whole session driven from the page, against the simulated rig with the real programs: log in, arm,
// start, hold by Space, resume, answer a prompt, an alarm, a second controller, a lost heartbeat; and
// what must be refused. session.mjs BIN_FOLDER: prints what it saw, exits 1 at the first thing wrong.
import { Rig, openBrowser, sleep, until } from "./rig.mjs";
import { axe, expect, openPage, passed, reach, stateOf, takeCommand } from "./page.mjs";
import { whatIsRefused } from "./refused.mjs";
import { jogs, prepares, reports, watchesOnAPhone } from "./views.mjs";

async function armAndStart(page) {
  await page.click("#tab-prepare");
  await page.click("#arm");
  await reach(page, "ARMED");
  await page.click("#tab-session");
  await page.click("#resume");
  await reach(page, "RUNNING");
}

async function aSession(rig, page) {
  await axe(page, "session, before anybody commands"); // it stops the page for a while
  await takeCommand(page);
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
  const small = { width: 800, height: 600 }; // two pages are drawn in software at once
  const second = await openPage(browser, rig, "bert", "b long password", small);
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
  expect(!(await second.$("#skip-patch")), "an operator may not leave out a zone");
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
  let state = null;
  const isHeld = () => (state = rig.api("status")).phase === "held";
  await until("held", isHeld, 10000);
  expect(
    state.reason.includes("has gone") && state.command.holder === "",
    `a lost page holds the session (${Date.now() - before} ms) and leaves the seat`,
  );
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
  const technician = await openPage(browser, rig, "tina", "t long password");
  await jogs(rig, technician);
  await prepares(rig, technician);
  await reports(rig, technician);
  await technician.context().close();
  await watchesOnAPhone(rig, browser);
  await whatIsRefused(rig);
  console.log(`${passed()} passed, 0 failed`);
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
