// The calibrations' state: how old and how good each is, and until when it holds.
import { el, rebuild, tableOf } from "./dom.js";

const HOUR_S = 3600,
  DAY_S = 86400;

/** A span as people say it: "3 h", "12 days". */
function span(words, seconds) {
  const hours = seconds / HOUR_S;
  if (hours < 48) return words("hours", { n: Math.max(0, Math.round(hours)) });
  return words("days", { n: Math.round(seconds / DAY_S) });
}

export function findingRow(words, finding) {
  const now_s = Date.now() / 1000;
  const isGood = finding.verdict === "good";
  const verdict = words(`verdict ${finding.verdict}`);
  const has = finding.made_unix_s !== undefined;
  const digits = finding.unit === "px" ? 3 : 1;
  const residual = has
    ? `${finding.residual.toFixed(digits)} / ${finding.residual_max} ${finding.unit}`
    : "";
  const left_s = has ? finding.valid_until_unix_s - now_s : 0;
  return [
    [words(`step ${finding.step}`), finding.subject].filter(Boolean).join(" "),
    el("span", { className: isGood ? "good" : "bad" }, `${isGood ? "✓" : "✕"} ${verdict}`),
    has ? span(words, now_s - finding.made_unix_s) : "—",
    has && left_s > 0 ? span(words, left_s) : "—",
    residual,
    has ? `${finding.error_um.toFixed(0)} / ${finding.error_max_um} µm` : "",
  ];
}

export function makeCalibrationPanel(line, words, view = "prepare") {
  const id = view === "prepare" ? "panel-calibration" : `panel-calibration-${view}`;
  const panel = el("section", { className: "panel wide", id, tabIndex: -1 });
  let found = null,
    trouble = "";

  function parts() {
    const title = el("h2", {}, words("calibration"));
    if (trouble) return [title, el("p", { className: "faint" }, trouble)];
    if (!found) return [title, el("p", { className: "faint" }, words("no_case"))];
    const heads = ["cal_step", "cal_verdict", "cal_age", "cal_left", "residual", "cal_error"];
    const rows = found.findings.map((finding) => findingRow(words, finding));
    const isSimulated = found.findings.some((finding) => finding.is_simulated);
    const table = tableOf(
      heads.map((key) => words(key)),
      rows,
      { numbers: [2, 3, 4, 5] },
    );
    const bad = found.findings.filter((finding) => finding.verdict !== "good");
    return [
      title,
      ...bad.map((one) =>
        el("p", { className: "bad" }, `${words(`step ${one.step}`)}: ${words.said(one.text)}`),
      ),
      table,
      el("p", { className: "faint" }, isSimulated ? words("cal_simulated") : ""),
    ];
  }

  async function read() {
    try {
      found = await line.call("calibration");
      trouble = "";
    } catch (error) {
      trouble = line.knows("calibration") ? words.said(error.message) : words("not_offered");
    }
    rebuild(panel, [found, trouble, Math.floor(Date.now() / 60000)], parts);
  }

  return {
    panel,
    update() {
      if (!panel.builtFrom) rebuild(panel, "", parts);
    },
    open() {
      if (line.me && line.state.case) read();
    },
  };
}
