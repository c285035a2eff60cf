// Before the session: a checklist that fills itself. Arm is at its end and nowhere else.
import { el, rebuild } from "./dom.js";

/** Each line: words' key, the interlocks it stands on, what mends it. */
const LINES = [
  ["item_daemon", ["link up", "settings match", "files bound"]],
  ["item_stops", ["e-stop closed", "door closed", "dead-man held", "deadman held"]],
  ["item_calibrated", ["calibrated"]],
  ["item_registered", ["registered"]],
  ["item_cleared", ["case cleared"]],
  ["item_head", ["pose fresh", "head trusted", "head slow"]],
  ["item_supplies", ["pigment ready", "needle ready"]],
  ["item_journal", ["journal healthy"]],
  ["item_homed", ["homed"]],
];

export function makePrepare(line, words, fail) {
  const list = el("ul", { className: "checklist" });
  const arm = el(
    "button",
    { id: "arm", className: "primary", onclick: () => line.call("arm").catch(fail) },
    words("arm"),
  );
  const cases = el("select", { "aria-label": words("case") });
  const load = el(
    "button",
    { id: "load", onclick: () => line.call("load", { case: cases.value }).catch(fail) },
    words("load"),
  );
  const plan = el("section", { className: "panel" });
  const view = el(
    "div",
    { className: "view page", id: "view-prepare" },
    el("section", { className: "panel" }, el("h2", {}, words("checklist")), list, arm),
    plan,
  );

  function item(isGood, title, detail, action) {
    return el(
      "li",
      { className: isGood ? "good" : "bad" },
      el("div", {}, el("p", {}, title), el("p", { className: "faint" }, detail ?? "")),
      action ?? el("span"),
    );
  }

  function lamps(names) {
    return (line.state.interlocks ?? []).filter((lamp) => names.includes(lamp.name));
  }

  function lines() {
    const state = line.state;
    const result = [
      item(
        line.isInCommand,
        words("item_command"),
        line.isInCommand ? "" : words("command_needed"),
      ),
      item(
        !!state.case,
        words("item_case"),
        state.case ? `${state.case.name || words("plan")}: ${state.case.dots}` : words("no_case"),
        cases.options.length ? el("div", { className: "pair" }, cases, load) : null,
      ),
    ];
    for (const [key, names] of LINES) {
      const found = lamps(names),
        bad = found.find((lamp) => !lamp.holds);
      const home =
        key === "item_homed" && bad
          ? el(
              "button",
              {
                id: "home",
                disabled: !line.isInCommand,
                onclick: () => line.call("home").catch(fail),
              },
              words("home"),
            )
          : null;
      result.push(
        item(
          found.length > 0 && !bad,
          words(key),
          bad ? `${words.said(bad.reason)} ${words.said(bad.remedy)}` : "",
          home,
        ),
      );
    }
    return result;
  }

  function planParts() {
    const { case: open, zones = [] } = line.state;
    if (!open)
      return [el("h2", {}, words("plan")), el("p", { className: "faint" }, words("no_case"))];
    return [
      el("h2", {}, words("plan")),
      el(
        "table",
        {},
        el(
          "tr",
          {},
          el("th", {}, words("zone")),
          ...["pending", "struck", "skipped", "doubtful"].map((key) =>
            el("th", { className: "number" }, words(key)),
          ),
        ),
        ...zones.map((zone) =>
          el(
            "tr",
            {},
            el("td", {}, zone.name),
            ...["pending", "done", "skipped", "doubtful"].map((key) =>
              el("td", { className: "number" }, String(zone[key])),
            ),
          ),
        ),
      ),
      el("h3", {}, words("hashes")),
      ...["scan", "plan", "rig"].map((what) =>
        el("div", {}, el("code", {}, `${what} ${open[`${what}_sha256`].slice(0, 16)}…`)),
      ),
    ];
  }

  async function fillCases() {
    const names = await line.call("cases").catch(() => []);
    cases.replaceChildren(...names.map((name) => el("option", { value: name }, name)));
  }

  return {
    view,
    begin: fillCases,
    setTheme() {},
    update() {
      const state = line.state;
      const relevant = (state.interlocks ?? []).map((lamp) => [lamp.name, lamp.holds]);
      rebuild(
        list,
        [relevant, state.case, state.phase, line.isInCommand, cases.options.length, words.language],
        lines,
      );
      rebuild(plan, [state.zones, state.case, words.language], planParts);
      arm.disabled = !line.isInCommand || !["locked", "ready"].includes(state.phase);
      arm.textContent = state.phase === "armed" ? words("armed") : words("arm");
    },
  };
}
