// A line of the log.
import { el } from "./dom.js";
import { clock } from "./numbers.js";

export function logItem(words, { unix_ms, level, text }) {
  return el(
    "li",
    { "data-level": level },
    el("span", { className: "number faint" }, clock(unix_ms)),
    el("span", {}, words.event(text)),
  );
}
