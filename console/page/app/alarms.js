// The alarm strip (IEC 60601-1-8: high red, medium yellow, low cyan). The first cause of the highest
// priority stands in it with four lines and its button; what followed is folded under it.
import { el, rebuild } from "./dom.js";
import { AlarmSound } from "./sound.js";

const RANK = { high: 0, medium: 1, low: 2 };

function byUrgency(a, b) {
  const seen = !!a.acknowledged_by - !!b.acknowledged_by;
  return seen || RANK[a.priority] - RANK[b.priority] || a.number - b.number;
}

/** What followed the first cause, and the other alarms, to be opened by who wants to know. */
function folded(words, alarm, others) {
  const names = alarm.followed_by.map((name) => words.said(name));
  const lines = others.map(
    (one) => `${words(`alarm_${one.priority}`)}: ${words.said(one.happened)}`,
  );
  const count = names.length + lines.length;
  if (!count) return null;
  return el(
    "details",
    {},
    el("summary", {}, words("followed", { count })),
    el(
      "ul",
      {},
      [...lines, ...names].map((text) => el("li", {}, text)),
    ),
  );
}

export function makeAlarms(line, words, fail) {
  const strip = el("div", { role: "alert", id: "alarms" });
  const sound = new AlarmSound();

  const isAtFault = () => line.state.phase === "fault";
  /** After a fault: what only a look can tell. The button then asks for that look in its own words. */
  const needleUnknown = () =>
    isAtFault() &&
    (line.state.interlocks ?? []).find((one) => one.name === "needle safe" && !one.holds);
  /** A fault stays to be acknowledged until it is over, even when its alarm was seen. */
  const isSeen = (alarm) => !!alarm.acknowledged_by && !isAtFault();

  function button(alarm) {
    if (isSeen(alarm))
      return el("span", {}, words("acknowledged", { name: alarm.acknowledged_by }));
    const params = { number: alarm.number, needle_out: !!needleUnknown() };
    const acknowledge = () => line.call("acknowledge", params).catch(fail);
    const label = needleUnknown() ? "needle_is_out" : "acknowledge";
    return el(
      "button",
      { id: "acknowledge", disabled: !line.isInCommand, onclick: acknowledge },
      words(line.isInCommand ? label : "command_needed"),
    );
  }

  function parts(alarm, others) {
    const unknown = needleUnknown();
    const line2 = (key, sentence) =>
      el("p", {}, el("b", {}, words(key)), ` ${words.said(sentence)}`);
    return el(
      "div",
      {
        className: `alarm${isSeen(alarm) ? " seen" : ""}`,
        "data-priority": alarm.priority,
      },
      el("div", { className: "rank" }, words(`alarm_${alarm.priority}`)),
      el(
        "div",
        {},
        el("p", {}, words.said(alarm.happened)),
        line2("safe_now", alarm.safe),
        line2("to_do", alarm.remedy),
        unknown
          ? line2("look_first", `${words.said(unknown.reason)} ${words.said(unknown.remedy)}`)
          : null,
        folded(words, alarm, others),
      ),
      button(alarm),
    );
  }

  function update() {
    const alarms = [...(line.state.alarms ?? [])].sort(byUrgency);
    rebuild(strip, [alarms, line.isInCommand, line.state.phase, needleUnknown()], () =>
      alarms.length ? [parts(alarms[0], alarms.slice(1))] : [],
    );
    const loudest = alarms.find((alarm) => !alarm.acknowledged_by);
    sound.play(loudest?.priority ?? null);
  }
  return { strip, update, sound };
}
