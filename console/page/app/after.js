// After the session: what was done, by zone, and where the report is.
import { el, rebuild } from "./dom.js";
import { minutes } from "./command.js";

export function makeAfter(line, words) {
  const totals = el("section", { className: "panel" }),
    events = el("ul", { className: "loglist" });
  const view = el(
    "div",
    { className: "view page", id: "view-after" },
    totals,
    el("section", { className: "panel" }, el("h2", {}, words("log")), events),
  );

  function parts() {
    const { zones = [], running_s = 0, dots_per_s = 0 } = line.state;
    const sum = (key) => zones.reduce((total, zone) => total + zone[key], 0);
    const keys = ["done", "skipped", "doubtful", "pending"];
    return [
      el("h2", {}, words("totals")),
      el(
        "table",
        {},
        el(
          "tr",
          {},
          el("th", {}, words("zone")),
          ...keys.map((key) =>
            el("th", { className: "number" }, words(key === "done" ? "struck" : key)),
          ),
        ),
        ...zones.map((zone) =>
          el(
            "tr",
            {},
            el("td", {}, zone.name),
            ...keys.map((key) => el("td", { className: "number" }, String(zone[key]))),
          ),
        ),
        el(
          "tr",
          {},
          el("th", {}, "Σ"),
          ...keys.map((key) => el("th", { className: "number" }, String(sum(key)))),
        ),
      ),
      el(
        "p",
        {},
        `${words("duration")}: ${minutes(running_s)}, ${dots_per_s.toFixed(1)} ${words("rate")}`,
      ),
      el("p", {}, words("report_text")),
      el("code", {}, "smprig report --scan SCAN --plan PLAN --case CASE --pdf report.pdf"),
    ];
  }

  return {
    view,
    begin() {},
    setTheme() {},
    update() {
      rebuild(
        totals,
        [line.state.zones, Math.round(line.state.running_s ?? 0), words.language],
        parts,
      );
      rebuild(events, [line.log.length, line.log.at(-1)?.number], () =>
        line.log.slice(-100).reverse().map(logItem),
      );
    },
  };
}

export function logItem(entry) {
  const time = new Date(entry.unix_ms).toTimeString().slice(0, 8);
  return el(
    "li",
    { "data-level": entry.level },
    el("span", { className: "number faint" }, time),
    el("span", {}, entry.text),
  );
}
