// Before the session: a checklist that fills itself, the case, the plan and its preview, calibrations,
// reach. Arm is at the checklist's end and nowhere else.
import { el, rebuild, say } from "./dom.js";
import { count } from "./numbers.js";
import { UNHOMED_PHASES } from "./lamps.js";
import { sumZones } from "./zones.js";
import { makeCasePanel } from "./prepare_case.js";
import { makePlanPanel, makeReachPanel } from "./prepare_plan.js";
import { makeCalibrationPanel } from "./calibration.js";

/** Each line: words' key, the interlocks it stands on, the panel that tells more. */
const LINES = [
  ["item_daemon", ["link up", "settings match", "files bound", "daemon alive"]],
  ["item_stops", ["e-stop closed", "door closed", "dead-man held", "client present"]],
  ["item_calibrated", ["calibrated"], "panel-calibration"],
  ["item_registered", ["registered"], "panel-calibration"],
  ["item_cleared", ["case cleared"], "panel-case"],
  ["item_head", ["pose fresh", "head trusted", "head slow"]],
  ["item_supplies", ["pigment ready", "needle ready"]],
  ["item_journal", ["journal healthy"]],
  ["item_homed", ["homed"]],
];

/** `state`: good, bad, or todo (nothing is wrong, it is yet to be done). */
function item(state, title, detail, action) {
  return el(
    "li",
    { className: state },
    el("div", {}, el("p", {}, title), detail ? el("p", { className: "faint" }, detail) : null),
    action ?? el("span"),
  );
}

/** What mends a line: a button that does it or goes there. */
function remedy(line, words, [key, , there], home) {
  if (key === "item_homed") {
    const isOut = !line.isInCommand || line.state.phase !== "locked";
    return el("button", { id: "home", disabled: isOut, onclick: home }, words("home"));
  }
  const go = () => document.getElementById(there)?.scrollIntoView({ block: "nearest" });
  return there ? el("button", { onclick: go }, words("show_more")) : null;
}

/** The line of interlocks: good, or what is missing and what mends it. */
function lampLine(line, words, row, home) {
  const [key, names] = row;
  const lamps = (line.state.interlocks ?? []).filter((lamp) => names.includes(lamp.name));
  const bad = lamps.find((lamp) => !lamp.holds);
  if (lamps.length && !bad) return item("good", words(key));
  const action = remedy(line, words, row, home);
  if (key === "item_homed" && UNHOMED_PHASES.includes(line.state.phase))
    return item("todo", words(key), words("homed_by_arm"), action);
  const detail = bad ? `${words.said(bad.reason)} ${words.said(bad.remedy)}` : "";
  return item(lamps.length ? "bad" : "todo", words(key), detail, action);
}

function makeChecklist(line, words, fail) {
  const list = el("ul", { className: "checklist" });
  const call = (method, params) => () => line.call(method, params?.()).catch(fail);
  const arm = el("button", { id: "arm", className: "primary whole", onclick: call("arm") });
  const cases = el("select", { "aria-label": words("case"), id: "cases" });
  const loadCase = call("load", () => ({ case: cases.value }));
  const load = el("button", { id: "load", onclick: loadCase }, words("load"));
  const loader = el("div", { className: "pair" }, cases, load);
  const panel = el(
    "section",
    { className: "panel tall" },
    el("h2", {}, words("checklist")),
    list,
    arm,
  );

  function lines() {
    const { case: open, zones } = line.state,
      dots = sumZones(zones);
    const numbers = {
      mine: count(dots.mine, words.language),
      later: count(dots.later, words.language),
    };
    const about = open
      ? `${open.name} ${words(dots.later ? "dots_now_later" : "dots_now", numbers)}`
      : "";
    const take = () => line.call("take_command").catch(fail);
    const takeButton = el("button", { onclick: take }, words("take"));
    return [
      line.isInCommand
        ? item("good", words("item_command"))
        : item("todo", words("item_command"), "", takeButton),
      item(
        open ? "good" : "todo",
        words("item_case"),
        about.trim() || words("no_case"),
        cases.length ? loader : null,
      ),
      ...LINES.map((row) => lampLine(line, words, row, call("home"))),
    ];
  }

  return {
    panel,
    async begin() {
      const names = await line.call("cases").catch(() => []);
      cases.replaceChildren(...names.map((name) => el("option", { value: name }, name)));
      list.builtFrom = "";
    },
    update() {
      const { interlocks = [], case: open, phase, zones } = line.state;
      const holds = interlocks.map((lamp) => [lamp.name, lamp.holds]);
      const dots = sumZones(zones);
      const key = [holds, open, phase, line.isInCommand, cases.length, dots.mine, dots.later];
      rebuild(list, key, lines);
      arm.disabled = !line.isInCommand || !["locked", "ready"].includes(phase);
      const isArmed = ["armed", "running", "held", "serving"].includes(phase);
      say(arm, words(isArmed ? "armed" : "arm"));
    },
  };
}

export function makePrepare(line, words, fail) {
  const parts = [
    makeChecklist(line, words, fail),
    makeCasePanel(line, words),
    makeReachPanel(line, words),
    makePlanPanel(line, words),
    makeCalibrationPanel(line, words),
  ];
  const panels = parts.map((part) => part.panel);
  const view = el("div", { className: "view page", id: "view-prepare", tabIndex: 0 }, ...panels);
  let plan = "";
  const each = (name) => () => parts.forEach((part) => part[name]?.());
  return {
    view,
    begin: each("begin"),
    open: each("open"),
    update() {
      const hash = line.state.case?.plan_sha256 ?? "";
      if (hash !== plan) each("open")();
      plan = hash;
      each("update")();
    },
  };
}
