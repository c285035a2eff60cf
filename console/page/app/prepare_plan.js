// The plan: zones by fate, its picture with sliders to try changes on, what is bound, and what the rig
// reaches with the head where it is.
import { el, rebuild, say, tableOf } from "./dom.js";
import { jobButton } from "./job.js";
import { zoneTable } from "./after.js";

const SLIDERS = [
  // parameter, least, most, step, value that changes nothing, unit
  ["density_percent", 25, 200, 5, 100, "%"],
  ["hairline_mm", -30, 30, 1, 0, "mm"],
  ["shade_percent", 25, 200, 5, 100, "%"],
];
const SIDES = ["top", "front", "back", "left", "right"];
const TIMES = ["before", "fresh", "healed"];

function makeSlider(words, [name, min, max, step, neutral, unit]) {
  const value = el("output", { className: "number", htmlFor: name });
  const input = el("input", { type: "range", id: name, oninput: tell });
  Object.assign(input, { min, max, step });
  input.value = neutral;
  function tell() {
    say(value, `${input.value} ${unit}`);
  }
  tell();
  const label = el("label", { htmlFor: name }, words(name));
  return {
    parts: el("div", { className: "slider" }, label, input, value),
    change: () => (Number(input.value) === neutral ? {} : { [name]: Number(input.value) }),
    reset() {
      input.value = neutral;
      tell();
    },
  };
}

function choice(words, id, values) {
  const option = (value) => el("option", { value }, words(`${id} ${value}`));
  return el("select", { id, "aria-label": words(id) }, values.map(option));
}

function makePreview(line, words) {
  const sliders = SLIDERS.map((row) => makeSlider(words, row));
  const from = choice(words, "from", SIDES),
    when = choice(words, "when", TIMES);
  when.value = "healed";
  const image = el("img", { className: "preview", alt: words("preview_alt"), hidden: true });
  const params = () =>
    Object.assign({ from: from.value, when: when.value }, ...sliders.map((one) => one.change()));
  const job = jobButton(line, words, {
    id: "preview",
    label: words("preview"),
    method: "preview",
    params,
    done({ png }) {
      image.src = `data:image/png;base64,${png}`;
      image.hidden = false;
    },
  });
  const reset = () => sliders.forEach((one) => one.reset());
  return el(
    "div",
    { className: "preview-tools" },
    el(
      "div",
      {},
      el("p", { className: "faint" }, words("preview_text")),
      ...sliders.map((one) => one.parts),
      el("div", { className: "pair" }, from, when),
      el(
        "div",
        { className: "pair" },
        job.button,
        el("button", { onclick: reset }, words("reset")),
      ),
      job.note,
    ),
    image,
  );
}

export function makePlanPanel(line, words) {
  const numbers = el("div"),
    bound = el("details");
  const unavailable = el("p", { className: "faint" }, words("not_offered"));
  const preview = makePreview(line, words);
  const title = el("h2", {}, words("plan"));
  const panel = el(
    "section",
    { className: "panel wide" },
    title,
    numbers,
    preview,
    unavailable,
    bound,
  );
  return {
    panel,
    update() {
      const { case: open, zones = [] } = line.state;
      preview.hidden = !line.offers("preview") || !open;
      unavailable.hidden = line.offers("preview") || !open || line.isStale;
      rebuild(numbers, [zones, open?.plan_sha256], () =>
        open ? [zoneTable(words, zones)] : [el("p", { className: "faint" }, words("no_case"))],
      );
      rebuild(bound, open, () => [
        el("summary", {}, words("hashes")),
        ...["scan", "plan", "rig"].map((what) =>
          el("div", {}, el("code", {}, `${what} ${open?.[`${what}_sha256`] ?? ""}`)),
        ),
      ]);
    },
  };
}

export function makeReachPanel(line, words) {
  const report = el("div"),
    unavailable = el("p", { className: "faint" }, words("not_offered"));
  const job = jobButton(line, words, {
    ...{ id: "reach", label: words("reach_ask"), method: "reach" },
    done: ({ report: found }) => report.replaceChildren(...reportParts(found)),
  });

  function turnOf({ tip_deg, lean_deg, turn_deg, reached, new: own }, i) {
    const degrees = (value) => `${value.toFixed(0)}°`;
    return [
      String(i + 1),
      degrees(tip_deg),
      degrees(lean_deg),
      degrees(turn_deg),
      `${reached}`,
      `${own}`,
    ];
  }

  function reportParts({ dots, as_it_is, reached, positions }) {
    const now = as_it_is.free + as_it_is.tilted;
    const missing = Object.entries(as_it_is).filter(([name, number]) => number && !isReached(name));
    const heads = ["position", "reach_tip", "reach_lean", "reach_turn", "reach_dots", "reach_new"];
    return [
      el(
        "p",
        { className: `verdict ${now === dots ? "good" : "bad"}` },
        words("reach_now", { now, dots }),
      ),
      ...missing.map(([name, number]) => el("p", {}, `${number}: ${words(`reach ${name}`)}`)),
      ...(now === dots || !positions.length
        ? []
        : [
            el("p", {}, words("reach_all", { reached, dots, count: positions.length })),
            tableOf(
              heads.map((key) => words(key)),
              positions.map(turnOf),
              { numbers: [1, 2, 3, 4, 5] },
            ),
          ]),
    ];
  }

  const isReached = (name) => name === "free" || name === "tilted";
  const about = el("p", { className: "faint" }, words("reach_text"));
  const title = el("h2", {}, words("reach"));
  const parts = [title, about, job.button, job.note, report, unavailable];
  const panel = el("section", { className: "panel" }, ...parts);
  return {
    panel,
    update() {
      const isOffered = line.offers("reach");
      unavailable.hidden = isOffered || line.isStale;
      job.button.hidden = !isOffered || !line.state.case;
    },
  };
}
