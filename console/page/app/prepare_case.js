// The case file: the client's two identifiers, the screening with its answers, consent, session, lots.
import { el, rebuild, tableOf } from "./dom.js";

const day = (unix_s) => (unix_s ? new Date(1000 * unix_s).toISOString().slice(0, 10) : "");

function identifiersTable(words, record) {
  const client = record.client?.[0];
  const session = record.sessions?.at(-1);
  const lots = (record.pigments ?? []).filter((row) => row.session === session?.number);
  const lotText = lots.map((row) => `${row.shade} ${row.lot}`).join(", ");
  const consent = record.consents?.at(-1);
  const rows = [
    [words("client_name"), client?.name ?? "—"],
    [words("client_born"), client?.born ?? "—"],
    [words("client_confirmed"), words(session?.is_identified ? "yes" : "no")],
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
  const isOpen = !screening.is_cleared;
  return el(
    "details",
    { open: isOpen },
    el("summary", {}, screening.signed_by ? words("screened", signed) : words("screened_not")),
    tableOf([], rows),
  );
}

export function makeCasePanel(line, words) {
  const panel = el("section", { className: "panel", id: "panel-case", tabIndex: -1 });
  let record = null,
    screening = null,
    trouble = "";

  function badge(isGood, text) {
    return el("p", { className: `verdict ${isGood ? "good" : "bad"}` }, text);
  }

  function verdict() {
    const { is_cleared, sentence } = line.state.screening ?? screening;
    return badge(is_cleared, is_cleared ? words("case_cleared") : words.said(sentence));
  }

  function parts() {
    const title = el("h2", {}, words("item_cleared"));
    if (!line.state.case) return [title, el("p", { className: "faint" }, words("no_case"))];
    if (trouble) return [title, el("p", { className: "faint" }, trouble)];
    if (!record || !screening) return [title];
    const hint = el("p", { className: "faint" }, `${words("case_terminal")} `);
    hint.append(el("code", {}, "smprig case screen | session | add"));
    return [
      title,
      verdict(),
      identifiersTable(words, record),
      answersTable(words, screening),
      hint,
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
    rebuild(panel, [line.state.case?.plan_sha256, line.state.screening, !!record, trouble], parts);
  }

  return {
    panel,
    update,
    open() {
      if (line.me && line.state.case) read();
    },
  };
}
