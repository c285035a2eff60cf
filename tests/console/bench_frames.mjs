// Frames of the 3D view with fifty thousand dots on the real head, while it is turned and dots are struck.
import { FakeDaemon } from "./fake_daemon.mjs";
import { figure, login, openPage, quantile } from "./bench_page.mjs";
import { sleep, until } from "./rig.mjs";

const DOTS = 50000;
const TURN_MS = 5000,
  MOUSE_MS = 8; // between two reports of a usual mouse

/** Dots at vertexes of the real head, answered as the daemon does. */
export async function manyDots(api) {
  const head = { positions: [], triangles: [] };
  for (const part of Object.keys(head))
    for (let count = 1; head[part].length < count;) {
      const answer = await api.ask("head", { part, first: head[part].length });
      count = answer.count;
      head[part].push(...answer.numbers);
    }
  const state = await api.ask("state");
  const up = [];
  for (let i = 0; i < head.positions.length; i += 3) if (head.positions[i + 2] > 60) up.push(i);
  const rows = Array.from({ length: DOTS }, (_, i) => {
    const p = head.positions.slice(up[(i * 7919) % up.length], up[(i * 7919) % up.length] + 3);
    const jitter = [Math.sin(i * 12.9), Math.sin(i * 78.2), Math.sin(i * 37.7)],
      far = Math.hypot(...p);
    return [i, ...p.map((x, k) => x + 3 * jitter[k]), ...p.map((x) => x / far), 700, 400, 0, 0, 0];
  });
  const page = (list, first, step) => list.slice(first, first + step);
  return {
    info: await api.ask("info"),
    subscribe: {
      ...state,
      phase: "running",
      dots_planned: DOTS,
      command: {},
      case: { ...state.case, plan_sha256: "f".repeat(64) },
    },
    fates: "p".repeat(DOTS),
    dots: ({ first }) => ({ count: DOTS, first, dots: page(rows, first, 500) }),
    head: ({ part, first }) => ({
      count: head[part].length,
      first,
      numbers: page(head[part], first, 6000),
    }),
  };
}

/** Turn the head by the mouse as a hand does, at its own pace whether or not the page follows; when it was
 * drawn, ms. */
async function turn(page) {
  const box = await page.locator("canvas").first().boundingBox();
  const x = box.x + box.width / 2,
    y = box.y + box.height / 2;
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.evaluate(() => (window.draws = []));
  const moves = [];
  for (const end = performance.now() + TURN_MS; performance.now() < end; await sleep(MOUSE_MS)) {
    const i = moves.length;
    moves.push(page.mouse.move(x + 120 * Math.sin(i / 20), y + 30 * Math.cos(i / 15)));
  }
  const drawnAt_ms = await page.evaluate(() => window.draws);
  await Promise.all(moves);
  await page.mouse.up();
  return drawnAt_ms;
}

export async function frames(rig, browser, answers) {
  const daemon = new FakeDaemon(rig.at("fake"), answers);
  rig.programs.console.kill();
  await sleep(500);
  rig.consoleOptions = ["--api", rig.at("fake")];
  await rig.openConsole();
  await until(
    "all dots are at the console",
    async () => {
      const { cookie } = await login(rig, "olga", "o long password");
      return (await fetch(`${rig.base}case/head`, { headers: { cookie } })).status === 200;
    },
    180000,
  );
  const { cookie } = await login(rig, "anna", "a long password");
  const { page, load_ms } = await openPage(browser, rig.base, cookie);
  figure("console_page_load_50000", load_ms / 1000, "s", "<=", 2);
  await sleep(2000);
  let done = 0;
  const strikes = setInterval(() => daemon.notify("dots", { fates: [[done++, "done"]] }), 83);
  const drawnAt_ms = await turn(page);
  clearInterval(strikes);
  const took_ms = drawnAt_ms.slice(1).map((at, i) => at - drawnAt_ms[i]);
  console.log(
    `# between frames: half of them ${quantile(took_ms, 0.5).toFixed(0)} ms, 95 % within ${quantile(took_ms, 0.95).toFixed(0)} ms`,
  );
  figure("console_frames_50000", (drawnAt_ms.length * 1000) / TURN_MS, "frames/s", ">=", 30);
  daemon.close();
}
