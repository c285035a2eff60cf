// The screening, asked on the page: every question has its answer, somebody signs. Nothing is answered
// beforehand, not even by the last screening: each is asked anew.
import { dialogButtons, el, openDialog, say } from "./dom.js";

/** The answers a question may have; "physician" only where a letter can allow it. */
function choicesOf(question) {
  return question.physician_may_allow ? ["no", "yes", "physician"] : ["no", "yes"];
}

const isAllowed = (question, answer) =>
  answer === "no" || (answer === "physician" && question.physician_may_allow);

function questionRow(words, question, changed) {
  const note = el("p", { className: "bad", role: "status" });
  const row = {
    answer: "",
    choose(answer) {
      row.answer = answer;
      say(note, isAllowed(question, answer) ? "" : words("answer_stops"));
      changed();
    },
  };
  const choice = (answer) => {
    const id = `answer-${question.question}-${answer}`;
    const input = el("input", { type: "radio", id, name: question.question, value: answer });
    input.addEventListener("change", () => row.choose(answer));
    return el("label", { className: "choice", htmlFor: id }, input, words(`answer_${answer}`));
  };
  row.element = el(
    "fieldset",
    {},
    el("legend", {}, words.said(question.text)),
    el("div", { className: "choices" }, choicesOf(question).map(choice)),
    note,
  );
  return row;
}

/** Ask all; `sign({ answers, by })` gives a promise, whose refusal stands in the dialog. */
export function askScreening(words, questions, name, sign) {
  const told = el("p", { className: "faint", role: "status" });
  const trouble = el("p", { className: "bad", role: "alert" });
  const by = el("input", { id: "screening-by", required: true, maxLength: 60, value: name });
  const rows = questions.map((question) => questionRow(words, question, tell));
  const answered = () => rows.filter((row) => row.answer).length;

  function tell() {
    say(told, words("screening_answered", { count: answered(), all: rows.length }));
    document.getElementById("screening-sign").disabled = answered() < rows.length;
  }

  async function act(close) {
    if (!by.reportValidity()) return;
    const answers = Object.fromEntries(rows.map((row, i) => [questions[i].question, row.answer]));
    try {
      await sign({ answers, by: by.value });
      close();
    } catch (error) {
      say(trouble, words.said(error.message));
    }
  }

  const dialog = openDialog(
    words("screening_title"),
    el("p", {}, words("screening_text")),
    ...rows.map((row) => row.element),
    el("label", { htmlFor: "screening-by" }, words("screening_by")),
    by,
    ...[told, trouble, dialogButtons(words, words("screening_sign"), act, "screening-sign")],
  );
  dialog.classList.add("large");
  tell();
}
