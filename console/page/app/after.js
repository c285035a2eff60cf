// After the session: what was done, by zone, and the report.
import { el, rebuild, tableOf } from "./dom.js";
import { duration } from "./numbers.js";
import { FATES, fateWord, sumZones } from "./zones.js";
import { logItem } from "./log.js";

const LOG_SHOWN = 100;

/** Zones and their dots by fate, with a sum under them. */
export function zoneTable(words, zones) {
  const row = (name, dots) => [name, ...FATES.map((fate) => String(dots[fate] ?? 0))];
  const rows = [...zones.map((zone) => row(zone.name, zone)), row("Σ", sumZones(zones))];
  const heads = [words("zone"), ...FATES.map((fate) => fateWord(words, fate))];
  return tableOf(heads, rows, { numbers: [1, 2, 3, 4, 5] });
}

export function makeAfter(line, words) {
  const totals = el("section", { className: "panel" });
  const events = el("ul", { className: "loglist" });
  const log = el("section", { className: "panel" }, el("h2", {}, words("log")), events);
  const view = el("div", { className: "view page", id: "view-after", tabIndex: 0 }, totals, log);

  function parts() {
    const { zones = [], running_s = 0, dots_per_s = 0 } = line.state;
    const pace = `${dots_per_s.toFixed(1)} ${words("rate")}`;
    return [
      el("h2", {}, words("totals")),
      zoneTable(words, zones),
      el("p", {}, `${words("duration")}: ${duration(running_s)}, ${pace}`),
      el("p", {}, words("report_text")),
      el("code", {}, "smprig report --scan SCAN --plan PLAN --case CASE --pdf report.pdf"),
    ];
  }

  return {
    view,
    update() {
      rebuild(totals, [line.state.zones, Math.round(line.state.running_s ?? 0)], parts);
      const newest = line.log.slice(-LOG_SHOWN).reverse();
      rebuild(events, newest[0]?.number, () => newest.map((entry) => logItem(words, entry)));
    },
  };
}
