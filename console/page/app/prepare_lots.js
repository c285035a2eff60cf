// A session is opened on the page: the client says both identifiers, then come cartridge and lots. The
// identifiers are checked against the case; the page neither shows nor keeps them.
import { dialogButtons, el, openDialog, say, show } from "./dom.js";

const TEXT_MOST = 90;

/** What is asked of a session beside the client: cartridge, lots, who operates. */
function sessionFields(words, shades, name) {
  const cartridge = field(words, "cartridge", "cartridge_id");
  const needle = field(words, "needle-lot", "needle_lot");
  const lots = shades.map((shade, i) => field(words, `pigment-${i}`, "pigment_lot", { shade }));
  const by = field(words, "operated-by", "operated_by", { value: name });
  const all = [cartridge, needle, ...lots, by];
  const said = ({ input }) => input.value.trim();
  return {
    all,
    element: el(
      "div",
      { className: "fields", hidden: true },
      all.flatMap((one) => one.parts),
    ),
    params: () => ({
      cartridge: said(cartridge),
      needle_lot: said(needle),
      by: said(by),
      pigments: Object.fromEntries(shades.map((shade, i) => [shade, said(lots[i])])),
    }),
  };
}

function field(words, id, key, properties = {}) {
  const input = el("input", { id, required: true, maxLength: TEXT_MOST, ...properties });
  return { input, parts: [el("label", { htmlFor: id }, words(key, properties)), input] };
}

/** call(method, params) asks the daemon; shades are the plan's pigments; `done` follows the opening. */
export function askSession(words, { shades, name, call, done }) {
  const trouble = el("p", { className: "bad", role: "alert" });
  const client = field(words, "client-name", "client_name", { autocomplete: "off" });
  const born = field(words, "client-born", "client_born", { type: "date" });
  const verdict = el("p", { className: "verdict good", hidden: true }, words("client_is_it"));
  const check = el(
    "button",
    { id: "client-check", className: "whole", onclick: confirm },
    words("client_check"),
  );
  const session = sessionFields(words, shades, name);
  const said = () => ({ name: client.input.value.trim(), born: born.input.value });
  const isComplete = (fields) => fields.every((one) => one.input.reportValidity());

  async function attempt(act) {
    say(trouble, "");
    try {
      await act();
    } catch (error) {
      say(trouble, words.said(error.message));
    }
  }

  function confirm() {
    if (!isComplete([client, born])) return;
    attempt(async () => {
      await call("confirm_client", said());
      for (const one of [client, born]) one.input.readOnly = true;
      show(check, false);
      show(verdict, true);
      show(session.element, true);
      document.getElementById("session-open").disabled = false;
      session.all[0].input.focus();
    });
  }

  function act(close) {
    if (!isComplete(session.all)) return;
    attempt(async () => {
      await call("open_session", { ...said(), ...session.params() });
      close();
      done();
    });
  }

  const dialog = openDialog(
    words("session_title"),
    el("p", {}, words("client_ask")),
    el("div", { className: "fields" }, client.parts, born.parts),
    ...[check, verdict, session.element, trouble],
    dialogButtons(words, words("session_open"), act, "session-open"),
  );
  dialog.classList.add("large");
  document.getElementById("session-open").disabled = true;
}
