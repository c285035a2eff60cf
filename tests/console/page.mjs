// What the page's tests do with a page: log in, wait for a state, look for faults of access.
import fs from "node:fs";
import { createRequire } from "node:module";
import { until } from "./rig.mjs";

const AXE = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let count = 0;
export const passed = () => count;

export function expect(holds, what) {
  console.log(holds ? "ok   " : "WRONG", what);
  if (!holds) throw new Error(what);
  count++;
}

const TABLET = { width: 1024, height: 768 }; // drawn in software beside a rig: the smaller, the lighter

export async function openPage(browser, rig, name, password, viewport = TABLET) {
  const context = await browser.newContext({ viewport });
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

export const stateOf = (page) => page.textContent("#state");
export const reach = (page, wanted) =>
  until(`the page says ${wanted}`, async () => (await stateOf(page)) === wanted, 40000);

/** Sit down in command; again when the seat was lost, as a machine that is too busy may do. */
export const takeCommand = (page) =>
  until("in command", async () => {
    if (await page.$("#give")) return true;
    await page.click("#take", { timeout: 1000 }).catch(() => {});
    return false;
  });

export async function axe(page, where) {
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

/** For a page in command: it leaves the seat meanwhile, for axe stops it longer than its heartbeat may rest. */
export async function axeAside(page, where) {
  await page.click("#give");
  await page.waitForSelector("#take");
  await axe(page, where);
  await takeCommand(page);
}
