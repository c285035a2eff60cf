// The case file: who the client is, the screening with its answers, consent, session, lots; and what is
// missing of them is entered here.
import { el, rebuild, tableOf } from "./dom.js";
import { askScreening } from "./prepare_screening.js";
import { askSession } from "./prepare_lots.js";

const ENTERABLE_PHASES = ["locked", "homing", "ready", "finished"]; // as the daemon has it: not armed
/** Reasons that the page has its own words for: what is missing is entered here, not in a terminal. */
const OF_SESSION = ["no-session", "not-identified", "cartridge-reused"];
const ENTERED_HERE = ["not-screened", "screening-old", ...OF_SESSION];

const day = (unix_s) => (unix_s ? new Date(1000 * unix_s).toISOString().slice(0, 10) : "");

function recordTable(words, record, screening) {
  const client = record.client?.[0];
  const session = record.sessions?.at(-1);
  const lots = (record.pigments ?? []).filter((row) => row.session === session?.number);
  const lotText = lots.map((row) => `${row.shade} ${row.lot}`).join(", ");
  const consent = record.consents?.at(-1);
  const isKnown = screening.is_identified && screening.session_until_unix_s > 0 && !!client;
  const rows = [
    // Until the client has said them nobody reads them out.
    [words("client_name"), isKnown ? client.name : words("client_hidden")],
    [words("client_born"), isKnown ? client.born : words("client_hidden")],
    [words("client_confirmed"), words(isKnown ? "yes" : "no")],
    [words("consent"), consent ? `${day(consent.added_s)}, ${consent.witnessed_by}` : "—"],
    [words("session"), session ? `${session.number}, ${session.operated_by}` : "—"],
    [words("cartridge"), session ? `${session.cartridge} (${session.needle_lot})` : "—"],
    [words("pigment_lots"), lotText || "—"],
  ];
  return tableOf([], rows);
}

function answersTable(words, screening) {
  const answerText = ({ answer, allows, advice }) =>
    allows ? words(`answer_${answer}`) : `${words(`answer_${answer}`)}: ${words.said(advice)}`;
  const rows = screening.answers.map((one) => [
    words.said(one.text),
    el("span", { className: one.allows ? "good" : "bad" }, answerText(one)),
  ]);
  const signed = { day: day(screening.signed_unix_s), name: screening.signed_by };
  const isOpen = screening.signed_by && !screening.is_cleared;
  return el(
    "details",
    { open: !!isOpen },
    el("summary", {}, screening.signed_by ? words("screened", signed) : words("screened_not")),
    tableOf([], rows),
  );
}

/** Whether the case is cleared, or why not. */
function verdictOf(words, { is_cleared, reason, sentence }) {
  const isOurs = ENTERED_HERE.includes(reason);
  const why = isOurs ? words(`reason ${reason}`) : words.said(sentence);
  const text = is_cleared ? words("case_cleared") : why;
  return el("p", { className: `verdict ${is_cleared ? "good" : "bad"}` }, text);
}

/** The two entries, the one that is due in the accent. */
function entryParts(line, words, { is_cleared, reason }, ask) {
  if (!line.offers("open_session")) return [];
  const mayEnter = line.isInCommand && ENTERABLE_PHASES.includes(line.state.phase);
  const due = OF_SESSION.includes(reason) ? "session" : "screening";
  const button = (step) =>
    el(
      "button",
      {
        id: `enter-${step}`,
        className: !is_cleared && step === due && mayEnter ? "primary" : "",
        disabled: !mayEnter,
        onclick: ask[step],
      },
      words(`enter_${step}`),
    );
  const buttons = el("div", { className: "row" }, button("screening"), button("session"));
  return mayEnter ? [buttons] : [buttons, el("p", { className: "faint" }, words("enter_when"))];
}

export function makeCasePanel(line, words) {
  const panel = el("section", { className: "panel", id: "panel-case", tabIndex: -1 });
  let record = null,
    screening = null,
    trouble = "";

  const ask = {
    screening: () =>
      askScreening(words, screening.answers, line.me.name, async (params) => {
        await line.call("answer_screening", params);
        read();
      }),
    session: () =>
      askSession(words, {
        shades: screening.shades,
        name: line.me.name,
        call: (method, params) => line.call(method, params),
        done: read,
      }),
  };

  function parts() {
    const title = el("h2", {}, words("item_cleared"));
    if (!line.state.case) return [title, el("p", { className: "faint" }, words("no_case"))];
    if (trouble) return [title, el("p", { className: "faint" }, trouble)];
    if (!record || !screening) return [title];
    const now = line.state.screening ?? screening;
    return [
      title,
      verdictOf(words, now),
      ...entryParts(line, words, now, ask),
      recordTable(words, record, screening),
      answersTable(words, screening),
    ];
  }

  async function read() {
    try {
      [record, screening] = await Promise.all([line.call("records"), line.call("screening")]);
      trouble = "";
    } catch (error) {
      trouble = line.offers("records") ? words.said(error.message) : words("not_offered");
    }
    panel.builtFrom = "";
    update();
  }

  function update() {
    const { case: open, phase } = line.state;
    const key = [open?.plan_sha256, open?.name, phase, line.isInCommand, line.state.screening];
    rebuild(panel, [...key, !!record, trouble, line.offers("open_session")], parts);
  }

  return {
    panel,
    update,
    open() {
      if (line.me && line.state.case) read();
    },
  };
}
