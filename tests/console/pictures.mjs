// The pictures of docs/operator.md and docs/technician.md, taken from a real session on the simulated rig.
// pictures.mjs BIN_FOLDER OUT_FOLDER
import path from "node:path";
import { CLIENT, Rig, openBrowser, sleep, until } from "./rig.mjs";
import { openPage, reach, takeCommand } from "./page.mjs";

const SETTLE_MS = 600; // until what was asked for has been drawn
const DOTS_SHOWN = 60;
const WIDE = { width: 1280, height: 800 };

const [bin, out] = process.argv.slice(2);

async function shoot(page, name) {
  await sleep(SETTLE_MS);
  await page.screenshot({ path: path.join(out, `console-${name}.png`) });
  console.log(name);
}

/** The forms, half filled in. */
async function entries(page) {
  const back = () => page.keyboard.press("Escape");
  await page.click("#enter-screening");
  for (const question of ["diabetes", "blood-thinners", "bleeding-disorder", "epilepsy"])
    await page.check(`#answer-${question}-no`);
  await page.check("#answer-keloids-yes");
  await page.locator("dialog").evaluate((dialog) => dialog.scrollTo(0, 0));
  await shoot(page, "screening");
  await back();
  await page.click("#enter-session");
  await page.fill("#client-name", CLIENT.name);
  await page.fill("#client-born", CLIENT.born);
  await page.click("#client-check");
  await page.fill("#cartridge", "C-2292");
  await page.fill("#needle-lot", "L7");
  await shoot(page, "lots");
  await back();
}

async function before(page) {
  await page.click("#tab-prepare");
  await takeCommand(page);
  await page.waitForSelector("#panel-case .verdict.good");
  await shoot(page, "prepare");
  await entries(page);
  await page.click("#preview");
  await page.waitForSelector("img.preview:not([hidden])", { timeout: 60000 });
  await page.locator("#preview").scrollIntoViewIfNeeded();
  await page.evaluate(() => document.querySelector("img.preview").scrollIntoView({ block: "end" }));
  await shoot(page, "preview");
  await takeCommand(page);
  await page.click("#arm");
  await reach(page, "ARMED");
}

async function during(rig, page) {
  await page.click("#tab-session");
  await takeCommand(page);
  await page.click("#resume");
  await until("dots are struck", () => rig.api("status").dots_done > DOTS_SHOWN, 60000);
  await shoot(page, "session");
  await page.click("#zoom");
  await page.click("#theme");
  await shoot(page, "session-dark");
  await page.click("#theme");
  await page.click("#zoom");
  await page.setViewportSize({ width: 390, height: 844 });
  await shoot(page, "phone");
  await page.setViewportSize(WIDE);
  await page.waitForSelector("#answer-pigment", { timeout: 60000 });
  await until("the answer can be given", () => page.isEnabled("#answer-pigment"));
  await shoot(page, "prompt");
}

async function anAlarm(rig, page) {
  await page.click("#answer-pigment");
  await reach(page, "RUNNING");
  rig.programs.rigsim.kill("SIGSTOP");
  await reach(page, "FAULT");
  await shoot(page, "alarm");
  rig.programs.rigsim.kill("SIGCONT");
  await sleep(1000);
  await page.click("#acknowledge");
  await reach(page, "LOCKED");
}

async function after(page) {
  await page.click("#tab-after");
  await page.click("#make-report");
  await page.waitForSelector("#report .verdict.good", { timeout: 60000 });
  await shoot(page, "after");
}

async function theTechnician(rig, browser) {
  const page = await openPage(browser, rig, "tina", "t long password", WIDE);
  await page.click("#take");
  await page.click("#tab-technician");
  await until("homing is offered", () => page.isEnabled("#jog-home"));
  await page.click("#jog-home");
  await reach(page, "READY");
  await page.check("#rig-empty");
  await shoot(page, "jog");
  await page.click("#wizard-ring");
  await page.waitForSelector("#wizard_take");
  await shoot(page, "calibrate");
  await page.click("#wizard_cancel");
  await page.click("#doctor");
  await page.waitForSelector("#doctor-verdict", { timeout: 15000 });
  await page.evaluate(() => document.querySelector("#panel-doctor").scrollIntoView());
  await shoot(page, "doctor");
}

const design = "configs/designs/crown.yaml";
const rig = new Rig(bin, { design, daemonOptions: ["--dots-per-load", "150"] });
let browser = null;
try {
  await rig.open();
  browser = await openBrowser();
  const page = await openPage(browser, rig, "anna", "a long password", WIDE);
  await before(page);
  await during(rig, page);
  await anAlarm(rig, page);
  await after(page);
  await page.context().close();
  await theTechnician(rig, browser);
} catch (error) {
  console.log(error.message, rig.logOf("daemon").slice(-1500));
} finally {
  await browser?.close();
  await rig.close();
}
process.exit(0);
