// The rig doctor: the board's settings beside the rig file's.
import { el, say, tableOf } from "./dom.js";

const AGAIN_MS = 1000,
  TRIES_MOST = 5; // the board is asked by the first call and answers the next

function settingRow(words, { number, meaning, axis, board, wanted, rule, verdict, why, remedy }) {
  const state = words(`setting ${verdict}`);
  return [
    `$${number}`,
    [meaning, axis].filter(Boolean).join(" "),
    board === null ? "—" : String(board),
    rule === "equals" ? String(wanted) : `${rule} ${wanted}`,
    el("span", { className: verdict === "good" ? "good" : "bad" }, state),
    verdict === "good" ? why : `${why}; ${remedy}`,
  ];
}

export function makeDoctorPanel(line, words) {
  const button = el("button", { id: "doctor", onclick: ask }, words("doctor_ask"));
  const differs = el("input", { type: "checkbox", id: "doctor-differs", onchange: () => draw() });
  const note = el("p", { className: "faint", role: "status" });
  const result = el("div");
  const about = el("p", { className: "faint" }, words("not_offered"));
  const panel = el(
    "section",
    { className: "panel wide", id: "panel-doctor" },
    el("h2", {}, words("doctor")),
    ...[about, el("div", { className: "row" }, button), note, result],
  );
  let told = null;

  async function ask() {
    button.disabled = true;
    let trouble = "";
    for (let i = 0; i < TRIES_MOST; i++) {
      try {
        told = await line.call("doctor");
        trouble = "";
        if (i > 0) break; // the first answer may be of an earlier question
      } catch (error) {
        trouble = words.said(error.message);
      }
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
    say(note, trouble);
    button.disabled = false;
    draw();
  }

  function draw() {
    if (!told) return;
    const { board, wrong, better, has_work_offsets, settings } = told;
    const isGood = wrong + better === 0 && !has_work_offsets;
    const shown = settings.filter((one) => !differs.checked || one.verdict !== "good");
    const heads = ["setting", "cal_step", "on_board", "in_file", "cal_verdict", "reason"];
    result.replaceChildren(
      el("p", {}, board),
      el(
        "p",
        { className: `verdict ${isGood ? "good" : "bad"}`, id: "doctor-verdict" },
        isGood ? words("doctor_good") : words("doctor_bad", { wrong, better }),
      ),
      has_work_offsets ? el("p", { className: "bad" }, words("doctor_offsets")) : "",
      el("label", { className: "check" }, differs, words("doctor_differences")),
      tableOf(
        heads.map((key) => words(key)),
        shown.map((one) => settingRow(words, one)),
        { numbers: [2] },
      ),
    );
  }

  return {
    panel,
    update() {
      about.hidden = line.offers("doctor");
      button.hidden = !line.offers("doctor");
    },
  };
}
