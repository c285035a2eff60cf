// The command column: progress, Hold and what follows it, speed, who is in command, the interlocks. It
// stands in the same place on every view, and nothing ever covers it.
import { dialogButtons, el, openDialog, rebuild, say, show } from "./dom.js";
import { makeProgress } from "./progress.js";
import { makeLamps, missingLamps } from "./lamps.js";
import { makeSpeed } from "./speed.js";

const STARTING_PHASES = ["locked", "ready", "armed"];
const HELD_PHASES = ["held", "serving"];
const ABORTABLE_PHASES = ["armed", "arming", "running", "held", "serving", "parking"];
const REFUSAL_SHOWN_MS = 6000;
const WATCHES_ONLY = "(max-width: 720px)"; // as in shell.css: a phone is not told what it cannot do
const HOLD_ANSWER_MS = 2000; // how long "asked" is shown at most

function makeSeat(line, words, fail) {
  const panel = el("div", { className: "panel command", id: "command" });

  function parts() {
    const { holder = "", asking = "" } = line.state.command ?? {};
    const call = (method, params) => () => line.call(method, params).catch(fail);
    const button = (id, key, act, className) =>
      el("button", { id, className, onclick: act }, words(key));
    const isObserver = line.me?.role === "observer";
    if (line.isInCommand)
      return [
        el("span", {}, asking ? words("asks", { name: asking }) : words("command_you")),
        button("give", asking ? "give" : "leave", call("give_command"), asking ? "primary" : ""),
      ];
    const text = holder ? words("command_other", { name: holder }) : words("command_nobody");
    if (isObserver) return [el("span", {}, text)];
    if (!holder)
      return [el("span", {}, text), button("take", "take", call("take_command"), "primary")];
    const mayForce = ["supervisor", "technician"].includes(line.me?.role);
    const force = call("take_command", { by_force: true });
    return [
      el("span", {}, text),
      button("ask", "ask", call("take_command")),
      mayForce ? button("force", "force", force) : "",
    ];
  }

  return {
    panel,
    update() {
      rebuild(panel, [line.state.command, line.me], parts);
      show(panel, !!line.me);
    },
  };
}

/** Hold answers on the screen at once, and says so until the rig has. */
function makeHold(line, words, fail) {
  const note = el("small", {}, words("hold_key"));
  const button = el(
    "button",
    { className: "hold", id: "hold", onclick: press },
    words("hold"),
    note,
  );
  let askedAt = -Infinity;

  function press() {
    askedAt = performance.now();
    update();
    line.call("hold").catch(fail);
  }

  function update() {
    const isMoving = ["running", "homing", "arming", "parking"].includes(line.state.phase);
    const isAsked = isMoving && performance.now() - askedAt < HOLD_ANSWER_MS;
    button.disabled = !line.me;
    button.classList.toggle("asked", isAsked);
    say(note, words(isAsked ? "hold_asked" : "hold_key"));
  }
  return { button, update, press: () => !button.disabled && press() };
}

function askAbort(line, words, fail) {
  const act = (close) => {
    line.call("abort").catch(fail);
    close();
  };
  openDialog(
    words("abort_title"),
    el("p", {}, words("abort_text", { pending: line.state.dots_pending ?? 0 })),
    dialogButtons(words, words("abort_yes"), act, "abort-yes", words("keep_going")),
  );
}

/** Why the rig stands, or why the button that would move it is out. */
function explain(line, words, { isPaused, needsArming, prompt }) {
  const { state } = line;
  if (line.isStale) return words(line.me ? "daemon_down" : "console_down");
  const why = state.phase === "held" ? words.said(state.reason ?? "") : "";
  if (matchMedia(WATCHES_ONLY).matches) return why;
  if (prompt && isPaused) return words("answer_first");
  const reason = why && `${why}; `;
  if (state.waiting_for) {
    const refused = state.phase === "arming" && state.reason ? ` (${words.said(state.reason)})` : "";
    return reason + words("waits", { what: words.said(state.waiting_for) }) + refused;
  }
  if (isPaused && !line.isInCommand) return reason + words("command_needed");
  if (needsArming) return words("arm_first");
  if (state.phase === "fault" && !line.isInCommand) return words("command_needed");
  if (state.phase === "fault") return words("acknowledge_first");
  if (state.phase === "finished") return words("finished_next");
  if (state.phase === "failed") return words.said(state.reason ?? "");
  if (state.phase !== "held") return "";
  const names = missingLamps(state).map((lamp) => words.said(lamp.name));
  return words.said(state.reason ?? "") + (names.length ? ` (${names.join(", ")})` : "");
}

/** `prepare`: the view where the rig is armed, to be opened, and whether it is what is shown. */
export function makeCommand(line, words, prepare) {
  let refusal = "",
    refusedAt = -Infinity;
  const resume = el("button", {
    id: "resume",
    onclick: () => (resume.method ? line.call(resume.method).catch(fail) : prepare.open()),
  });
  const abort = el(
    "button",
    { id: "abort", onclick: () => askAbort(line, words, fail) },
    words("abort"),
  );
  const why = el("div", { className: "why", role: "status", id: "why" });
  const progress = makeProgress(line, words),
    lamps = makeLamps(line, words);
  const hold = makeHold(line, words, fail),
    seat = makeSeat(line, words, fail);
  const speed = makeSpeed(line, words, fail);
  const pair = el("div", { className: "pair commands" }, resume, abort);
  const column = el(
    "aside",
    { className: "side", "aria-label": words("hold") },
    ...[progress.panel, hold.button, pair, why, speed.panel, seat.panel, lamps.panel],
  );

  function fail(error) {
    refusal = words.said(error.message);
    refusedAt = performance.now();
    update();
  }

  function updateButtons(state) {
    const canStart = STARTING_PHASES.includes(state.phase);
    const isPaused = canStart || HELD_PHASES.includes(state.phase);
    const needsArming = canStart && state.phase !== "armed";
    const prompt = (state.prompts ?? []).find((one) => one.is_open);
    const mayCommand = line.isInCommand && !line.isStale;
    const mustPrepare = needsArming && mayCommand && !prompt && !prepare.isShown();
    resume.method = mustPrepare ? "" : canStart ? "start" : "resume";
    say(resume, words(resume.method || "go_prepare"));
    resume.disabled = !isPaused || !mayCommand || !!prompt || (needsArming && !mustPrepare);
    resume.className = resume.disabled ? "" : "primary";
    abort.disabled = !mayCommand || !ABORTABLE_PHASES.includes(state.phase);
    const isRefused = performance.now() - refusedAt < REFUSAL_SHOWN_MS;
    const situation = { isPaused, needsArming, prompt };
    say(why, isRefused ? refusal : explain(line, words, situation));
  }

  function update() {
    updateButtons(line.state);
    for (const part of [progress, hold, speed, seat, lamps]) part.update();
  }

  return { column, update, hold: hold.press, fail };
}
