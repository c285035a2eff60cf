// How far it is: dots, time left, what the supplies still give.
import { el, meter, rebuild, say } from "./dom.js";
import { clock, count, duration } from "./numbers.js";
import { sumZones } from "./zones.js";

/** For how long it has run, and when it ends if it goes on so. */
function timeParts(words, { phase, running_s = 0, time_left_s: left }) {
  if (!running_s) return [];
  const runs = words("runs_for", { time: duration(running_s) });
  const isGoing = phase === "running" && left;
  const end = isGoing ? clock(Date.now() + 500 * (left.low + left.high)).slice(0, 5) : "";
  return [el("span", {}, runs), el("span", {}, end ? words("ends_at", { time: end }) : "")];
}

export function makeProgress(line, words) {
  const done = el("div", { className: "big number fresh" });
  const percent = el("div", { className: "big number" });
  const bar = el("div"),
    rate = el("div", { className: "line number fresh" }),
    times = el("div", { className: "line number fresh faint" });
  const supplies = el("div", { className: "supplies number" });
  const panel = el(
    "section",
    { className: "panel progress", "aria-label": words("dots_of", { done: "", all: "" }) },
    el("div", { className: "line" }, done, percent),
    ...[bar, rate, times, supplies],
  );

  function timeLeft(left) {
    if (!left) return words("left_unknown");
    const low = duration(left.low),
      high = duration(left.high);
    return low === high ? words("left", { time: high }) : words("left_range", { low, high });
  }

  // Loads to come are counted from the dots to come.
  function supplyParts(prompt, pending) {
    const left = Math.max(0, prompt.limit - prompt.used);
    const loads = prompt.answered + 1 + Math.ceil(Math.max(0, pending - left) / prompt.limit);
    const label =
      prompt.kind === "pigment"
        ? words("load_of", { number: prompt.answered + 1, count: loads })
        : words(`supply_${prompt.kind}`);
    const numbers = `${count(prompt.used, words.language)} / ${count(prompt.limit, words.language)}`;
    return el(
      "div",
      { className: "supply" },
      el("div", { className: "line" }, el("span", {}, label), el("span", {}, numbers)),
      meter(label, { share: prompt.used / prompt.limit }),
    );
  }

  function update() {
    const { zones, dots_pending = 0, prompts = [] } = line.state;
    const dots = sumZones(zones);
    const share = dots.mine ? dots.done / dots.mine : 0;
    const isOpen = !!line.state.case;
    const numbers = {
      done: count(dots.done, words.language),
      all: count(dots.mine, words.language),
    };
    say(done, isOpen ? words("dots_of", numbers) : words("no_case"));
    // Never 100 % before the last dot.
    say(percent, isOpen ? `${(Math.floor(1000 * share) / 10).toFixed(share < 0.1 ? 1 : 0)} %` : "");
    rebuild(bar, Math.round(1000 * share), () => [meter(words("session"), { share })]);
    rebuild(rate, [isOpen, line.state.rate_dots_s?.toFixed(1), line.state.time_left_s], () =>
      isOpen
        ? [
            el("span", {}, `${(line.state.rate_dots_s ?? 0).toFixed(1)} ${words("rate")}`),
            el("span", {}, timeLeft(line.state.time_left_s)),
          ]
        : [],
    );
    const minute = [
      Math.round((line.state.running_s ?? 0) / 5),
      Math.floor(Date.now() / 20000),
      line.state.phase,
    ];
    rebuild(times, minute, () => timeParts(words, line.state));
    rebuild(supplies, [prompts, dots_pending], () =>
      prompts.filter((prompt) => prompt.limit).map((prompt) => supplyParts(prompt, dots_pending)),
    );
  }
  return { panel, update };
}
