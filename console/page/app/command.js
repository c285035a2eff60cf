// The command column: progress, Hold and what follows it, who is in command, the interlocks. It stands
// in the same place on every view, and nothing ever covers it.
import { el, openDialog, rebuild, say, show } from "./dom.js";

const HOLDING_PHASES = ["held", "serving"];

export function minutes(seconds) {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  return `${Math.floor(seconds / 60)} min`;
}

export function makeCommand(line, words) {
  const count = el("div", { className: "big number fresh" }),
    percent = el("span", { className: "number big" });
  const bar = el("div", { role: "progressbar", "aria-label": words("session") });
  const rate = el("div", { className: "number fresh" }),
    supplies = el("div", { className: "supplies number faint fresh" });
  const hold = el(
    "button",
    { className: "hold", id: "hold", onclick: () => line.call("hold").catch(fail) },
    words("hold"),
    el("small", {}, words("hold_key")),
  );
  const resume = el("button", {
    id: "resume",
    onclick: () => line.call(resume.method).catch(fail),
  });
  const abort = el("button", { id: "abort", onclick: askAbort }, words("abort"));
  const why = el("div", { className: "why", role: "status", id: "why" });
  const command = el("div", { className: "panel command", id: "command" });
  const lamps = el("section", {
    className: "panel interlocks",
    "aria-label": words("interlocks"),
    tabIndex: 0,
  });
  const column = el(
    "aside",
    { className: "side" },
    el(
      "section",
      { className: "panel progress" },
      el("div", { className: "line" }, count, percent),
      el("div", { className: "bar" }, bar),
      rate,
      supplies,
    ),
    hold,
    el("div", { className: "pair" }, resume, abort),
    why,
    command,
    lamps,
  );

  let refusal = "",
    refusedAt = 0;
  function fail(error) {
    refusal = words.said(error.message);
    refusedAt = performance.now();
    update();
  }

  function askAbort() {
    const dialog = openDialog(
      words("abort_title"),
      el("p", {}, words("abort_text", { pending: line.state.dots_pending ?? 0 })),
      el(
        "div",
        { className: "pair" },
        el("button", { onclick: () => dialog.close() }, words("cancel")),
        el(
          "button",
          {
            className: "primary",
            id: "abort-yes",
            onclick: () => {
              line.call("abort").catch(fail);
              dialog.close();
            },
          },
          words("abort_yes"),
        ),
      ),
    );
  }

  function missing() {
    return (line.state.interlocks ?? []).filter((lamp) => lamp.is_needed && !lamp.holds);
  }

  function updateProgress(state) {
    const planned = state.dots_planned ?? 0,
      done = state.dots_done ?? 0;
    say(
      count,
      state.case
        ? words("dots_of", {
            done: done.toLocaleString(words.language),
            all: planned.toLocaleString(words.language),
          })
        : words("no_case"),
    );
    const share = planned ? (100 * done) / planned : 0;
    bar.style.width = `${share}%`;
    bar.setAttribute("aria-valuenow", share.toFixed(0));
    const left = state.time_left_s;
    const leftText = !left
      ? words("left_unknown")
      : left.low === left.high
        ? `${minutes(left.high)} ${words("left")}`
        : words("left_range", { low: minutes(left.low), high: minutes(left.high) });
    say(rate, `${(state.rate_dots_s ?? 0).toFixed(1)} ${words("rate")} · ${leftText}`);
    say(percent, `${share.toFixed(share < 10 ? 1 : 0)} %`);
    rebuild(supplies, [state.prompts, words.language], () =>
      (state.prompts ?? [])
        .filter((prompt) => prompt.limit)
        .map((prompt) =>
          el("span", {}, `${words(`prompt_${prompt.kind}`)} ${prompt.used}/${prompt.limit}`),
        ),
    );
  }

  function updateButtons(state) {
    const canStart = ["locked", "ready", "armed"].includes(state.phase);
    resume.method = canStart ? "start" : "resume";
    say(resume, canStart ? words("start") : words("resume"));
    const prompt = (state.prompts ?? []).find((one) => one.is_open);
    const isPaused = canStart || HOLDING_PHASES.includes(state.phase);
    const mayCommand = line.isInCommand,
      needsArming = canStart && state.phase !== "armed";
    resume.disabled = line.isStale || !isPaused || !mayCommand || !!prompt || needsArming;
    resume.className = !resume.disabled ? "primary" : "";
    abort.disabled =
      line.isStale ||
      !mayCommand ||
      !["armed", "arming", "running", "held", "serving", "parking"].includes(state.phase);
    hold.disabled = !line.me;
    let text = "";
    if (performance.now() - refusedAt < 6000) text = refusal;
    else if (prompt && isPaused) text = words("answer_first");
    else if (isPaused && !mayCommand) text = words("command_needed");
    else if (needsArming) text = words("arm_first");
    else if (state.phase === "held" || state.phase === "fault" || state.phase === "failed")
      text = words.said(state.reason ?? "");
    else if (state.waiting_for && state.phase === "running")
      text = words("waits", { what: words.said(state.waiting_for) });
    if (state.phase === "held" && missing().length)
      text += ` (${missing()
        .map((lamp) => words.said(lamp.name))
        .join(", ")})`;
    say(why, text);
  }

  function commandParts() {
    const { holder = "", asking = "" } = line.state.command ?? {};
    const call = (method, params) => () => line.call(method, params).catch(fail);
    const isObserver = line.me?.role === "observer";
    if (line.isInCommand)
      return [
        el("span", {}, asking ? words("asks", { name: asking }) : words("command_you")),
        el(
          "button",
          { id: "give", onclick: call("give_command") },
          asking ? words("give") : words("leave"),
        ),
      ];
    if (!holder)
      return [
        el("span", {}, words("command_nobody")),
        isObserver
          ? null
          : el(
              "button",
              { id: "take", className: "primary", onclick: call("take_command") },
              words("take"),
            ),
      ];
    return [
      el("span", {}, words("command_other", { name: holder })),
      isObserver ? null : el("button", { id: "ask", onclick: call("take_command") }, words("ask")),
      ["supervisor", "technician"].includes(line.me?.role)
        ? el(
            "button",
            { id: "force", onclick: call("take_command", { by_force: true }) },
            words("force"),
          )
        : null,
    ];
  }

  function updateLamps(state) {
    const needed = (state.interlocks ?? []).filter((lamp) => lamp.is_needed);
    rebuild(lamps, [needed, words.language], () => {
      const bad = missing().length;
      return [
        el(
          "h2",
          {},
          words("interlocks"),
          " ",
          el(
            "span",
            { className: "faint" },
            bad
              ? words("interlocks_bad", { count: bad })
              : words("interlocks_good", { count: needed.length }),
          ),
        ),
        el(
          "ul",
          {},
          ...needed.map((lamp) =>
            lamp.holds
              ? el("li", { className: "good" }, words.said(lamp.name))
              : el(
                  "li",
                  { className: "bad" },
                  el(
                    "div",
                    {},
                    words.said(lamp.name),
                    ": ",
                    el("span", {}, words.said(lamp.reason)),
                  ),
                ),
          ),
        ),
      ];
    });
  }

  function update() {
    const state = line.state;
    updateProgress(state);
    updateButtons(state);
    rebuild(command, [state.command, line.me, words.language], () =>
      commandParts().filter(Boolean),
    );
    show(command, !!line.me);
    updateLamps(state);
  }

  return { column, update, hold: () => hold.click(), fail };
}
