// The zones: how far each is, leaving one out, and deciding what is doubtful.
import { askWhy, dialogButtons, el, meter, openDialog, rebuild } from "./dom.js";
import { count } from "./numbers.js";

export const FATES = ["pending", "done", "skipped", "doubtful", "later"];
const LISTED_MOST = 100; // doubtful dots decided in one go

/** The word of a fate in the chosen language. */
export function fateWord(words, fate) {
  return words(fate === "done" ? "struck" : fate);
}

/** Sums over the zones; `mine` leaves out what is another session's. */
export function sumZones(zones = []) {
  const sum = Object.fromEntries(FATES.map((fate) => [fate, 0]));
  for (const zone of zones) for (const fate of FATES) sum[fate] += zone[fate] ?? 0;
  return { ...sum, mine: sum.pending + sum.done + sum.doubtful };
}

/** The doubtful dots, to be looked at and decided; `decideAll` does it. */
function askDecide(words, head, decideAll) {
  const dots = head?.dotsOf("doubtful").slice(0, LISTED_MOST) ?? [];
  const why = el("input", { required: true, maxLength: 100, id: "decide-why" });
  const chosen = (dot) => el("input", { type: "checkbox", checked: true, value: dot.id });
  const boxes = dots.map(chosen);
  const decide = (decision) => (close) => {
    const ids = boxes.filter((box) => box.checked).map((box) => Number(box.value));
    if (!ids.length || !why.reportValidity()) return;
    decideAll({ dots: ids, decision, why: why.value });
    close();
  };
  const row = (dot, i) =>
    el(
      "li",
      {},
      el("label", {}, boxes[i], words("dot", { id: dot.id })),
      el("button", { className: "small", onclick: () => head.lookAt(dot) }, words("decide_show")),
    );
  const notThere = {
    onclick: (event) => decide("pending")(() => event.target.closest("dialog").close()),
  };
  openDialog(
    words("decide_title"),
    el("p", {}, words("decide_text")),
    el("ul", { className: "chooser", tabIndex: 0 }, dots.map(row)),
    el("label", { htmlFor: "decide-why" }, words("why")),
    why,
    el(
      "button",
      { className: "whole", id: "decide-pending", ...notThere },
      words("decide_pending"),
    ),
    dialogButtons(words, words("decide_struck"), decide("struck"), "decide-struck"),
  );
}

export function makeZones(line, words, fail, headOf) {
  const panel = el("section", {
    className: "panel zones",
    "aria-label": words("zones"),
    tabIndex: 0,
  });

  function askSkip(zone) {
    const act = (why) => line.call("skip_zone", { zone: zone.name, why }).catch(fail);
    const title = words("skip_zone", { zone: zone.name });
    askWhy(words, title, words("skip_zone_text", zone), words("skip"), act);
  }

  function zoneParts(zone) {
    const all = FATES.reduce((sum, fate) => sum + (zone[fate] ?? 0), 0) || 1;
    const bars = ["done", "doubtful", "skipped"].map((kind) => ({ share: zone[kind] / all, kind }));
    const told = FATES.filter((fate) => fate === "pending" || fate === "done" || zone[fate]);
    const text = told.map(
      (fate) => `${count(zone[fate], words.language)} ${fateWord(words, fate)}`,
    );
    const maySkip = line.offers("skip_zone") && line.isInCommand && zone.pending > 0;
    const skip = { className: "small", id: `skip-${zone.name}`, onclick: () => askSkip(zone) };
    return el(
      "li",
      {},
      el("b", {}, zone.name),
      maySkip ? el("button", skip, `${words("skip")}…`) : el("span"),
      meter(zone.name, ...bars),
      el("span", { className: "faint number" }, text.join(" · ")),
    );
  }

  function parts(zones) {
    const doubtful = sumZones(zones).doubtful;
    const mayDecide = doubtful > 0 && line.offers("decide_doubtful") && line.isInCommand;
    const decideAll = (params) => line.call("decide_doubtful", params).catch(fail);
    const decide = { id: "decide", onclick: () => askDecide(words, headOf(), decideAll) };
    return [
      el("h2", {}, words("zones")),
      mayDecide ? el("button", decide, words("decide", { count: doubtful })) : null,
      el("ul", {}, zones.map(zoneParts)),
    ].filter(Boolean);
  }

  return {
    panel,
    update() {
      const zones = line.state.zones ?? [];
      rebuild(panel, [zones, line.isInCommand, line.offers("skip_zone")], () => parts(zones));
    },
  };
}
