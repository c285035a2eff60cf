// The case's journal, newest first: what the record keeps, page by page.
import { el, say } from "./dom.js";

export function makeJournalPanel(line, words) {
  const list = el("ul", { className: "loglist", tabIndex: 0, "aria-label": words("journal") });
  const strikes = el("input", { type: "checkbox", id: "journal-strikes", onchange: () => open() });
  const more = el("button", { onclick: () => read() }, words("journal_more"));
  const note = el("p", { className: "faint", role: "status" });
  const panel = el(
    "section",
    { className: "panel wide" },
    el("h2", {}, words("journal")),
    el("label", { className: "check" }, strikes, words("journal_strikes")),
    ...[note, list, more],
  );
  let before = null;

  function item({ number, time, kind, dot, text }) {
    const what = [kind, dot === null ? "" : words("dot", { id: dot }), words.event(text)];
    return el(
      "li",
      {},
      el("span", { className: "number faint" }, time.slice(11, 19)),
      el("span", {}, `${number}  ${what.filter(Boolean).join("  ")}`),
    );
  }

  async function read() {
    try {
      const params = { strikes: strikes.checked, ...(before ? { before } : {}) };
      const rows = await line.call("journal", params);
      list.append(...rows.map(item));
      before = rows.at(-1)?.number ?? before;
      more.disabled = rows.length === 0 || before <= 1;
      say(note, "");
    } catch (error) {
      say(note, line.offers("journal") ? words.said(error.message) : words("not_offered"));
    }
  }

  function open() {
    before = null;
    list.replaceChildren();
    if (line.me && line.state.case) read();
  }
  return { panel, open, update() {} };
}
