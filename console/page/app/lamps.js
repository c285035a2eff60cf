// The interlocks that running needs: those that are missing first, each with its reason.
import { el, rebuild, say } from "./dom.js";

/** After a start the rig is not homed, and nothing is wrong. */
export const UNHOMED_PHASES = ["locked", "homing"];

/** Of the state: what running needs and does not have. */
export function missingLamps(state) {
  return (state.interlocks ?? []).filter((lamp) => lamp.is_needed && !lamp.holds);
}

export function makeLamps(line, words) {
  const title = el("h2"),
    list = el("ul"),
    tracking = el("p", { className: "tracking number fresh faint" });
  const panel = el(
    "section",
    { className: "panel interlocks", "aria-label": words("interlocks"), tabIndex: 0 },
    ...[title, tracking, list],
  );

  function lamp({ name, holds, reason, remedy }) {
    if (name === "homed" && !holds && UNHOMED_PHASES.includes(line.state.phase))
      return el("li", { className: "todo" }, `${words.said(name)}: ${words("homed_by_arm")}`);
    if (holds) return el("li", { className: "good" }, words.said(name));
    return el(
      "li",
      { className: "bad" },
      el(
        "div",
        {},
        `${words.said(name)}: `,
        el("span", {}, `${words.said(reason)} ${words.said(remedy)}`),
      ),
    );
  }

  /** What the tracker knows now; an old picture's age grows. */
  function sayTracking({ head }) {
    const isKnown = head && head.age_ms !== null && head.state !== "lost";
    const numbers = isKnown && { sigma: head.sigma_um.toFixed(0), age: head.age_ms.toFixed(0) };
    say(tracking, isKnown ? words("tracking_now", numbers) : "");
  }

  function update() {
    sayTracking(line.state);
    const needed = (line.state.interlocks ?? []).filter((one) => one.is_needed);
    const bad = missingLamps(line.state).length;
    const summary = bad
      ? words("interlocks_bad", { count: bad })
      : words("interlocks_good", { count: needed.length });
    rebuild(title, summary, () => [
      `${words("interlocks")} `,
      el("span", { className: "faint" }, summary),
    ]);
    rebuild(list, [needed, line.state.phase], () => needed.map(lamp));
  }
  return { panel, update };
}
