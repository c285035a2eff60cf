// Hold to move: an axis moves while its button is held, by pointer or by key, and the page renews it ten
// times a second. Whatever ends the holding stops it: letting go, leaving the button, losing the focus,
// the pointer, the window or the line. Should the page itself die, the guard ends the motion 250 ms after
// the last renewal.
import { el, rebuild, say } from "./dom.js";
import { axisPosition, axisRange } from "./numbers.js";

const RENEW_MS = 100;
const HOLDING_KEYS = ["Enter", "ArrowLeft", "ArrowRight"];
const SPEED_MOST = 50,
  SPEED_LEAST = 1,
  SPEED_USUAL = 10;

/** One motion at a time; `press` begins it, `release` ends it. */
export class Holder {
  #timer = 0;
  axis = null; // what moves; null: nothing
  button = null; // what holds it

  constructor(line, fail, tell) {
    Object.assign(this, { line, fail, tell });
    const release = () => this.release();
    for (const event of ["blur", "pagehide"]) window.addEventListener(event, release);
    document.addEventListener("visibilitychange", release);
    line.addEventListener("state", () => {
      if (this.axis && (line.isStale || !line.isInCommand)) this.release();
    });
  }

  press(params) {
    if (this.axis) return;
    this.axis = params.axis;
    this.#ask(params);
    this.#timer = setInterval(() => this.#ask({ ...params, renews: true }), RENEW_MS);
    this.tell();
  }

  release() {
    if (!this.axis) return;
    clearInterval(this.#timer);
    this.axis = null;
    this.line.call("service_stop").catch(() => {}); // when it cannot be said, silence stops it
    this.tell();
  }

  #ask(params) {
    this.line.call("jog", params).catch((error) => {
      this.release();
      this.fail(error);
    });
  }
}

function holdButton(holder, words, axis, direction, paramsOf) {
  const label = words(direction > 0 ? "jog_plus" : "jog_minus", { axis });
  const press = () => {
    holder.press({ axis, direction, ...paramsOf() });
    holder.button = button;
  };
  // Of this button alone: the one that had the focus before loses it after this one is pressed.
  const release = () => {
    if (holder.button === button) holder.release();
  };
  const button = el("button", {
    ...{ className: "jog", id: `jog-${axis}${direction > 0 ? "plus" : "minus"}` },
    "aria-label": label,
    title: label,
    onpointerdown(event) {
      if (event.button !== 0) return;
      button.setPointerCapture(event.pointerId);
      press();
    },
    onpointermove(event) {
      const box = button.getBoundingClientRect();
      const isOver =
        event.clientX >= box.left &&
        event.clientX <= box.right &&
        event.clientY >= box.top &&
        event.clientY <= box.bottom;
      if (!isOver) release();
    },
    onkeydown(event) {
      if (!HOLDING_KEYS.includes(event.key)) return;
      event.preventDefault();
      if (!event.repeat) press();
    },
    onkeyup: release,
    oncontextmenu: (event) => event.preventDefault(),
    ...{
      onpointerup: release,
      onpointercancel: release,
      onlostpointercapture: release,
      onblur: release,
    },
  });
  button.append(direction > 0 ? "+" : "−");
  return button;
}

/** An axis: minus, where it is, plus, from where to where. */
function axisRow(holder, words, axis, paramsOf) {
  return el(
    "tr",
    {},
    el("th", { scope: "row" }, axis.letter),
    el("td", {}, holdButton(holder, words, axis.letter, -1, paramsOf)),
    el("td", { className: "number fresh", "data-axis": axis.letter }),
    el("td", {}, holdButton(holder, words, axis.letter, 1, paramsOf)),
    el("td", { className: "number faint" }, axisRange(axis)),
  );
}

export function makeJogPanel(line, words, fail) {
  const holder = new Holder(line, fail, () => update());
  const isEmpty = el("input", { type: "checkbox", id: "rig-empty", onchange: () => update() });
  const speed = el("input", { type: "range", id: "jog-speed", oninput: () => update() });
  Object.assign(speed, { min: SPEED_LEAST, max: SPEED_MOST, step: 1, value: SPEED_USUAL });
  const speedValue = el("output", { className: "number", htmlFor: "jog-speed" });
  const rows = el("tbody"),
    note = el("p", { className: "faint", role: "status", id: "jog-state" });
  const needs = el("p", { className: "faint" }, words("jog_needs"));
  const call = (method, params) => () => line.call(method, params?.()).catch(fail);
  const word = () => ({ is_rig_empty: isEmpty.checked });
  const park = el("button", { id: "park", onclick: call("park", word) }, words("park"));
  const probe = el("button", { id: "probe", onclick: call("probe", word) }, words("probe"));
  const stop = el(
    "button",
    { id: "service-stop", onclick: call("service_stop") },
    words("service_stop"),
  );
  const home = el("button", { id: "jog-home", onclick: call("home") }, words("home"));
  const panel = el(
    "section",
    { className: "panel taller", id: "panel-jog" },
    el("h2", {}, words("jog")),
    ...[needs, el("p", {}, words("jog_help"))],
    el("label", { className: "check" }, isEmpty, words("rig_empty")),
    el(
      "div",
      { className: "slider" },
      el("label", { htmlFor: "jog-speed" }, words("jog_speed")),
      speed,
      speedValue,
    ),
    el("table", { className: "jogs" }, rows),
    el("div", { className: "row" }, home, park, probe, stop),
    note,
  );

  const paramsOf = () => ({ speed: Number(speed.value), is_rig_empty: isEmpty.checked });

  function update() {
    const axes = line.info?.rig.axes ?? [],
      at = line.state.tool?.axes ?? [];
    const { service = {}, phase } = line.state;
    rebuild(rows, axes, () => axes.map((axis) => axisRow(holder, words, axis, paramsOf)));
    axes.forEach((axis, i) =>
      say(rows.querySelector(`[data-axis="${axis.letter}"]`), axisPosition(axis, at[i])),
    );
    const mayAsk = line.offers("jog") && line.isInCommand && !line.isStale;
    const mayMove = mayAsk && phase === "ready" && isEmpty.checked;
    needs.hidden = mayMove;
    if (!mayMove) holder.release();
    for (const button of rows.querySelectorAll("button")) button.disabled = !mayMove;
    park.disabled = probe.disabled = !mayMove || !!service.task;
    home.disabled = !mayAsk || !["locked", "ready"].includes(phase);
    stop.disabled = !line.me || !service.task;
    say(speedValue, `${speed.value}`);
    const moving = holder.axis ?? service.task;
    say(
      note,
      moving
        ? words("jog_moving", { axis: moving })
        : words.said(service.text || words("jog_stopped")),
    );
  }
  return { panel, update };
}
