// What the session asks for (pigment, needle, wipe, break): cards above the view, on every view. They
// queue; they never stand over Hold.
import { el, icon, rebuild } from "./dom.js";

const PICTURES = {
  // each a path in a 56 x 56 box
  pigment: "M18 10h20v8l4 8v18a4 4 0 0 1-4 4H18a4 4 0 0 1-4-4V26l4-8zM14 32h28",
  needle: "M28 4v22M22 26h12v20H22zM28 46v6",
  wipe: "M8 36c8-14 32-14 40 0M12 44h32M20 20l4-8h8l4 8",
  break: "M14 16h24v16a10 10 0 0 1-10 10h-4a10 10 0 0 1-10-10zM38 20h6v8h-6M12 48h30",
};

export function makePrompts(line, words, fail) {
  const strip = el("div", { className: "prompts", "aria-live": "polite", id: "prompts" });

  function card(prompt, isReady) {
    const waiting = line.state.phase === "fault" ? "acknowledge_first" : "prompt_parks";
    const answer = () => line.call("answer", { prompt: prompt.kind }).catch(fail);
    const label = !line.isInCommand ? "command_needed" : isReady ? "prompt_done" : waiting;
    return el(
      "section",
      { className: "panel prompt" },
      icon(PICTURES[prompt.kind] ?? "", 56),
      el("h2", {}, words(`prompt_${prompt.kind}`)),
      el(
        "p",
        {},
        `${prompt.text || words(`prompt_${prompt.kind}_text`, prompt)} `,
        el("span", { className: "faint" }, words("prompt_wait")),
      ),
      el(
        "button",
        {
          className: "primary",
          id: `answer-${prompt.kind}`,
          disabled: !isReady || !line.isInCommand,
          onclick: answer,
        },
        words(label),
      ),
    );
  }

  function update() {
    const open = (line.state.prompts ?? []).filter((prompt) => prompt.is_open);
    const isReady = line.state.phase === "held";
    rebuild(strip, [open, line.state.phase, line.isInCommand], () =>
      open.map((one) => card(one, isReady)),
    );
  }
  return { strip, update };
}
