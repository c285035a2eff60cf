// After the session: what was done, by zone, the report with its picture and histograms, the log.
import { el, rebuild, say, tableOf } from "./dom.js";
import { duration } from "./numbers.js";
import { jobButton } from "./job.js";
import { FATES, fateWord, sumZones } from "./zones.js";
import { histogram } from "./histogram.js";
import { logItem } from "./log.js";

const LOG_SHOWN = 100;

/** Zones and their dots by fate, with a sum under them. */
export function zoneTable(words, zones) {
  const row = (name, dots) => [name, ...FATES.map((fate) => String(dots[fate] ?? 0))];
  const rows = [...zones.map((zone) => row(zone.name, zone)), row("Σ", sumZones(zones))];
  const heads = [words("zone"), ...FATES.map((fate) => fateWord(words, fate))];
  return tableOf(heads, rows, { numbers: [1, 2, 3, 4, 5] });
}

/** A link that saves data under a name; the data lives as long as the link is shown. */
function saveLink(label, name, type, bytes) {
  const href = URL.createObjectURL(new Blob([bytes], { type }));
  return el("a", { href, download: name, className: "button" }, label);
}

const bytesOf = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

function makeReportPanel(line, words) {
  const result = el("div", { id: "report" });
  const unavailable = el("p", { className: "faint" }, words("not_offered"));
  const job = jobButton(line, words, {
    ...{ id: "make-report", label: words("report_make"), method: "report" },
    done: (answer) => result.replaceChildren(...parts(answer)),
  });
  job.button.classList.add("primary");

  /** Where dots truly went is measured by the simulated rig and a close-up camera alone. */
  function histograms({ histograms: found = {} }) {
    const measured = Object.entries(found).filter(([, one]) =>
      one.counts.some((number) => number > 0),
    );
    if (!measured.length) return [el("p", { className: "faint" }, words("report_unmeasured"))];
    return measured.map(([key, one]) => histogram(words(`error ${key}`), one));
  }

  function parts({ png, pdf, report }) {
    const name = line.state.case?.name || "session";
    return [
      el("p", { className: "verdict good" }, words("report_holds")),
      el(
        "div",
        { className: "row" },
        saveLink(words("report_pdf"), `${name}.pdf`, "application/pdf", bytesOf(pdf)),
        saveLink(
          words("report_json"),
          `${name}.json`,
          "application/json",
          JSON.stringify(report, null, 2),
        ),
      ),
      el("img", {
        className: "preview",
        alt: words("report_alt"),
        src: `data:image/png;base64,${png}`,
      }),
      ...histograms(report),
    ];
  }

  const about = el("p", { className: "faint" }, words("report_text"));
  const row = el("div", { className: "row" }, job.button);
  const title = el("h2", {}, words("report"));
  return {
    panel: el(
      "section",
      { className: "panel wide" },
      title,
      about,
      unavailable,
      row,
      job.note,
      result,
    ),
    update() {
      unavailable.hidden = line.offers("report") || line.isStale;
      job.button.hidden = !line.offers("report") || !line.state.case;
      about.hidden = job.button.hidden;
    },
  };
}

function makeTotalsPanel(line, words) {
  const zones = el("div"),
    times = el("p");
  const panel = el("section", { className: "panel" }, el("h2", {}, words("totals")), zones, times);
  return {
    panel,
    update() {
      const { running_s = 0, dots_per_s = 0 } = line.state;
      rebuild(zones, line.state.zones, () => [zoneTable(words, line.state.zones ?? [])]);
      const pace = `${dots_per_s.toFixed(1)} ${words("rate")}`;
      say(times, `${words("duration")}: ${duration(running_s)}, ${pace}`);
    },
  };
}

function makeLogPanel(line, words) {
  const events = el("ul", { className: "loglist", tabIndex: 0, "aria-label": words("log") });
  return {
    panel: el("section", { className: "panel" }, el("h2", {}, words("log")), events),
    update() {
      const newest = line.log.slice(-LOG_SHOWN).reverse();
      rebuild(events, newest[0]?.number, () => newest.map((entry) => logItem(words, entry)));
    },
  };
}

export function makeAfter(line, words) {
  const parts = [makeTotalsPanel, makeLogPanel, makeReportPanel].map((make) => make(line, words));
  const panels = parts.map((part) => part.panel);
  return {
    view: el("div", { className: "view page", id: "view-after", tabIndex: 0 }, ...panels),
    update: () => parts.forEach((part) => part.update()),
  };
}
