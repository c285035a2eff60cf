// Calibrations guided step by step: what to do, how many views there are, and from enough views on how
// good they are. The file in force changes only when the result is accepted.
import { el, meter, rebuild } from "./dom.js";

const STEPS = ["ring", "rig", "needle", "board"];

/** How good the views are: two bars up to what is allowed. */
function qualityParts(words, { residual, residual_max, unit, error_um, error_max_um, is_good }) {
  const digits = unit === "px" ? 3 : 1;
  const residualText = { residual: residual.toFixed(digits), most: residual_max, unit };
  const errorText = { error: error_um.toFixed(0), most: error_max_um };
  const kind = is_good ? "done" : "doubtful";
  const bar = (label, share) => [el("p", {}, label), meter(label, { share, kind })];
  return [
    ...bar(words("wizard_residual", residualText), residual / residual_max),
    ...bar(words("wizard_error", errorText), error_um / error_max_um),
  ];
}

/** Nothing is under way: what can be begun. */
function startParts(line, words, call) {
  const may = line.offers("calibrate_start") && line.isInCommand;
  const button = (step) => {
    const start = call("calibrate_start", { step });
    return el(
      "button",
      { id: `wizard-${step}`, disabled: !may, onclick: start },
      words(`wizard ${step}`),
    );
  };
  return [
    el(
      "p",
      { className: "faint" },
      words(line.knows("calibrate_start") ? "wizard_text" : "not_offered"),
    ),
    el("div", { className: "row" }, STEPS.map(button)),
  ];
}

export function makeWizardPanel(line, words, fail) {
  const place = el("div");
  const title = el("h2", {}, words("wizard"));
  const panel = el("section", { className: "panel", id: "panel-wizard" }, title, place);
  const call = (method, params) => () => line.call(method, params).catch(fail);

  function parts(state) {
    const may = line.isInCommand && line.offers("calibrate_take");
    const isBusy = state.is_taking || state.is_judging;
    const busy = state.is_taking
      ? words("wizard_taking")
      : state.is_judging
        ? words("wizard_judging")
        : "";
    const button = (key, method, isOut, className = "") =>
      el(
        "button",
        { id: key, className, disabled: !may || isOut, onclick: call(method) },
        words(key),
      );
    return [
      el("h3", {}, words(`wizard ${state.step}`)),
      el("p", {}, words.said(state.guidance)),
      el("p", { className: "number" }, words("wizard_views", state)),
      meter(words("wizard_views", state), { share: state.views / Math.max(1, state.needed) }),
      ...(state.residual === undefined ? [] : qualityParts(words, state)),
      el("p", { className: "faint", role: "status" }, busy || state.text),
      el(
        "div",
        { className: "row" },
        button("wizard_take", "calibrate_take", isBusy, state.is_good ? "" : "primary"),
        button(
          "wizard_accept",
          "calibrate_accept",
          !state.is_good || isBusy,
          state.is_good ? "primary" : "",
        ),
        button("wizard_cancel", "calibrate_cancel", false),
      ),
    ];
  }

  return {
    panel,
    update() {
      const state = line.state.calibrating ?? null;
      const mine = [
        state,
        line.isInCommand,
        line.offers("calibrate_start"),
        line.knows("calibrate_start"),
      ];
      rebuild(place, mine, () => (state ? parts(state) : startParts(line, words, call)));
    },
  };
}
