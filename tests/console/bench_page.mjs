// What the console's benches share: figures, a login, a page whose draws are counted.

export function figure(name, value, unit, relation, goal) {
  const isMet = relation === "<=" ? value <= goal : value >= goal;
  console.log(
    `figure ${name} ${Number(value.toPrecision(4))} ${unit} goal ${relation}${goal} ${isMet ? "ok" : "short"}`,
  );
}

export async function login(rig, name, password) {
  const answer = await fetch(`${rig.base}login`, {
    method: "POST",
    headers: { origin: rig.base.slice(0, -1) },
    body: JSON.stringify({ name, password }),
  });
  return { cookie: answer.headers.get("set-cookie").split(";")[0], ...(await answer.json()) };
}

export const quantile = (values, share) =>
  [...values].sort((a, b) => a - b)[Math.ceil(share * values.length) - 1];

/** Draws of the 3D view are known by their clears, one a frame: when each was, ms. */
const COUNT_DRAWS = `window.draws = []; for (const type of [WebGL2RenderingContext, WebGLRenderingContext]) {
  const clear = type.prototype.clear; type.prototype.clear = function (...mask) { window.draws.push(performance.now()); return clear.apply(this, mask); }; }`;

export async function openPage(browser, base, cookie) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const [name, value] = cookie.split("=");
  await context.addCookies([{ name, value, url: base }]);
  await context.addInitScript(COUNT_DRAWS);
  const page = await context.newPage();
  const begun = Date.now();
  await page.goto(base);
  await page.waitForSelector("#hold");
  await page.waitForFunction(
    () => document.querySelector("#state")?.textContent && window.draws.length > 0,
  );
  return { page, load_ms: Date.now() - begun };
}
