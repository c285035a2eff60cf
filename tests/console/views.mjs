// The views beside the session: a technician jogs by holding and by nothing else, the case is prepared,
// every view in both themes has no serious fault of access, a phone watches.
import { axe, expect, openPage, reach, takeCommand } from "./page.mjs";
import fs from "node:fs";
import { sleep, until } from "./rig.mjs";

const VIEWS = ["session", "prepare", "technician", "after"];
const TRIES_MOST = 6,
  HANG_MS = 2500;
const STILL_MS = 700; // longer than the guard needs to end a jog

const axisX = async (page) => parseFloat(await page.textContent('td[data-axis="X"]'));

/** True when the axis has moved between now and a little later. */
async function moves(page, wait_ms = STILL_MS) {
  const before = await axisX(page);
  await sleep(wait_ms);
  return Math.abs((await axisX(page)) - before) > 0.05;
}

/** Press until the axis moves: on a busy machine a renewal may come too late, and the guard ends it. */
async function pressUntilItMoves(page, press, release) {
  for (let i = 0; i < TRIES_MOST; i++) {
    await press();
    for (let k = 0; k < 5; k++) if (await moves(page, 200)) return;
    await release();
    await sleep(STILL_MS);
  }
  throw new Error("the axis does not move");
}

async function holdButton(page, selector) {
  const box = await page.locator(selector).boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await pressUntilItMoves(
    page,
    () => page.mouse.down(),
    () => page.mouse.up(),
  );
}

async function stops(page, what) {
  await sleep(STILL_MS / 2);
  expect(!(await moves(page)), `jog stops: ${what}`);
}

/** An aborted session leaves the rig homed and free: then a technician may jog. */
export async function jogs(rig, page) {
  await takeCommand(page);
  await page.click("#abort");
  await page.click("#abort-yes");
  await reach(page, "READY");
  await page.click("#tab-technician");
  expect(await page.isDisabled("#jog-Xplus"), "no jog without the word that the rig is empty");
  await page.check("#rig-empty");
  await until("jog is offered", () => page.isEnabled("#jog-Xplus"));
  await holdButton(page, "#jog-Xplus");
  await page.mouse.up();
  await stops(page, "the button is let go");
  await holdButton(page, "#jog-Xminus");
  await page.mouse.move(400, 10);
  await stops(page, "the pointer has left the button");
  await page.mouse.up();
  await page.focus("#jog-Xplus");
  const down = () => page.keyboard.down("Enter"),
    up = () => page.keyboard.up("Enter");
  await pressUntilItMoves(page, down, up);
  await page.evaluate(() => document.activeElement.blur());
  await stops(page, "the button has lost the focus");
  await up();
  await aHungPage(rig, page);
  await doctor(page);
}

/** A page that hangs while a button is held renews nothing: the guard ends the motion by itself. */
async function aHungPage(rig, page) {
  await holdButton(page, "#jog-Xminus");
  const hang = page.evaluate((until_ms) => {
    while (Date.now() < until_ms);
  }, Date.now() + HANG_MS);
  await until(
    "the guard ends it",
    () => rig.api("call", "state").service.task === "",
    HANG_MS - 300,
  );
  expect(true, "jog stops: the page hangs, nobody renews");
  await hang;
  await page.mouse.up();
}

async function doctor(page) {
  await page.click("#doctor");
  await page.waitForSelector("#doctor-verdict.good", { timeout: 15000 });
  expect(true, "the rig doctor finds the board's settings to be the rig's");
}

export async function prepares(rig, page) {
  await page.click("#tab-prepare");
  await page.waitForSelector("#panel-case .verdict.good");
  const text = await page.textContent("#panel-case");
  expect(/Simulated Client.*2000-01-01/.test(text), "two identifiers stand in Prepare");
  expect(/Screening of .* signed by test/.test(text), "and the screening with who signed it");
  await page.click("#preview");
  await page.waitForSelector("img.preview:not([hidden])", { timeout: 30000 });
  expect(true, "the preview is drawn");
  for (const theme of ["light", "dark"]) {
    for (const view of VIEWS) {
      await page.click(`#tab-${view}`);
      await axe(page, `${view}, ${theme}`);
    }
    await page.click("#theme");
  }
}

export async function reports(rig, page) {
  await page.click("#tab-after");
  await page.click("#make-report");
  await page.waitForSelector("#report .verdict.good", { timeout: 40000 });
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.click("#report a[download$=pdf]"),
  ]);
  const head = fs
    .readFileSync(await download.path())
    .subarray(0, 5)
    .toString();
  expect(head === "%PDF-", "the report is made, its chain holds, its PDF is saved");
}

export async function watchesOnAPhone(rig, browser) {
  const page = await openPage(browser, rig, "bert", "b long password", { width: 390, height: 844 });
  const shown = async (selector) => (await page.$(selector))?.isVisible() ?? false;
  expect(await page.isVisible("#hold"), "a phone may hold");
  for (const selector of ["#take", "#resume", "#abort"])
    expect(!(await shown(selector)), `and has no ${selector}`);
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(width <= 390, `the phone's page is not wider than it (${width} px)`);
  await page.context().close();
}
