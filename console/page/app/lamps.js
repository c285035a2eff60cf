// The interlocks that running needs: those that are missing first, each with its reason.
import { el, rebuild } from "./dom.js";

/** After a start the rig is not homed, and nothing is wrong. */
export const UNHOMED_PHASES = ["locked", "homing"];

/** Of the state: what running needs and does not have. */
export function missingLamps(state) {
  return (state.interlocks ?? []).filter((lamp) => lamp.is_needed && !lamp.holds);
}

export function makeLamps(line, words) {
  const panel = el("section", {
    className: "panel interlocks",
    "aria-label": words("interlocks"),
    tabIndex: 0,
  });

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

  function update() {
    const needed = (line.state.interlocks ?? []).filter((one) => one.is_needed);
    rebuild(panel, [needed, line.state.phase], () => {
      const bad = missingLamps(line.state).length;
      const summary = bad
        ? words("interlocks_bad", { count: bad })
        : words("interlocks_good", { count: needed.length });
      return [
        el("h2", {}, `${words("interlocks")} `, el("span", { className: "faint" }, summary)),
        el("ul", {}, needed.map(lamp)),
      ];
    });
  }
  return { panel, update };
}
