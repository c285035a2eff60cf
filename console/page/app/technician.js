// The technician's view: jogging by hold-to-move, tracking, calibrations, the rig doctor, the log.
import { el, rebuild, tableOf } from "./dom.js";
import { makeJogPanel } from "./jog.js";
import { makeDoctorPanel } from "./doctor.js";
import { makeWizardPanel } from "./wizard.js";
import { makeCalibrationPanel } from "./calibration.js";
import { makeJournalPanel } from "./journal.js";

const COMMANDS = [
  "smprig rig doctor",
  "smprig calibrate --help",
  "smprig watch",
  "journalctl -u smprigd -u smprig-guard -u smprig-console",
];

function makeTrackingPanel(line, words) {
  const rows = el("div", { className: "fresh" });
  const panel = el("section", { className: "panel" }, el("h2", {}, words("tracking")), rows);

  function parts(head) {
    const table = [
      [words("head_state"), `${words.said(head.state)} (${words.said(head.reason)})`],
      [words("tags"), String(head.tags)],
      [words("residual"), `${head.residual_px.toFixed(3)} px`],
      [words("sigma"), `${head.sigma_um.toFixed(1)} µm`],
      [words("age"), head.age_ms === null ? "—" : `${head.age_ms.toFixed(0)} ms`],
    ];
    return [tableOf([], table, { numbers: [1] })];
  }

  return {
    panel,
    update() {
      rebuild(rows, line.state.head, () => (line.state.head ? parts(line.state.head) : []));
    },
  };
}

function makeProgramsPanel(line, words) {
  const about = el("div");
  const commands = COMMANDS.map((text) => el("div", {}, el("code", {}, text)));
  const title = el("h2", {}, words("programs"));
  const panel = el(
    "section",
    { className: "panel" },
    title,
    about,
    el("h3", {}, words("commands_tech")),
    ...commands,
  );
  return {
    panel,
    update() {
      rebuild(about, line.info, () =>
        line.info
          ? [`smprigd ${line.info.version} (${line.info.revision}), ${line.info.rig.name}`]
          : [],
      );
    },
  };
}

export function makeTechnician(line, words, fail) {
  const parts = [
    makeJogPanel(line, words, fail),
    makeWizardPanel(line, words, fail),
    makeTrackingPanel(line, words),
    makeProgramsPanel(line, words),
    makeCalibrationPanel(line, words, "technician"),
    makeDoctorPanel(line, words),
    makeJournalPanel(line, words),
  ];
  const panels = parts.map((part) => part.panel);
  return {
    view: el("div", { className: "view page", id: "view-technician", tabIndex: 0 }, ...panels),
    open: () => parts.forEach((part) => part.open?.()),
    update: () => parts.forEach((part) => part.update()),
  };
}
