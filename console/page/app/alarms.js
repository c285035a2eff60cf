// The alarm strip (IEC 60601-1-8: high red, medium yellow, low cyan) and the prompts' cards.
import { el, rebuild } from "./dom.js";

const RANK = { high: 0, medium: 1, low: 2 };

/** The first cause of the highest priority; what followed is folded under it. */
export function makeAlarms(line, words, fail) {
  const strip = el("div", { role: "alert", "aria-live": "assertive", id: "alarms" });

  /** What only a look can tell is asked for in the button's own words. */
  const needleUnknown = () => line.state.phase === "fault" && (line.state.interlocks ?? []).find((one) => one.name === "needle safe" && !one.holds);

  function alarmParts(alarm, others) {
    const isSeen = !!alarm.acknowledged_by && line.state.phase !== "fault", unknown = needleUnknown();
    const followers = alarm.followed_by.map(words.said).join(", ");
    return el(
      "div",
      { className: `alarm${isSeen ? " seen" : ""}`, "data-priority": alarm.priority },
      el("div", { className: "rank" }, words(`alarm_${alarm.priority}`)),
      el(
        "div",
        {},
        el("p", {}, words.said(alarm.happened)),
        el("p", {}, `${words("safe_now")} ${words.said(alarm.safe)}`),
        el("p", {}, `${words("to_do")} ${words.said(alarm.remedy)}`),
        followers || others
          ? el(
              "details",
              {},
              el(
                "summary",
                {},
                [
                  followers && `${words("followed")} ${followers}`,
                  others && words("more_alarms", { count: others }),
                ]
                  .filter(Boolean)
                  .join(" · "),
              ),
            )
          : null,
      ),
      isSeen
        ? el("span", {}, words("acknowledged", { name: alarm.acknowledged_by }))
        : el(
            "button",
            {
              id: "acknowledge",
              disabled: !line.isInCommand,
              onclick: () => line.call("acknowledge", { number: alarm.number }).catch(fail),
            },
            words("acknowledge"),
          ),
    );
  }

  function update() {
    const alarms = [...(line.state.alarms ?? [])].sort(
      (a, b) =>
        !!a.acknowledged_by - !!b.acknowledged_by ||
        RANK[a.priority] - RANK[b.priority] ||
        a.number - b.number,
    );
    rebuild(strip, [alarms, line.isInCommand, words.language], () =>
      alarms.length ? [alarmParts(alarms[0], alarms.length - 1)] : [],
    );
  }
  return { strip, update };
}

const PICTURES = {
  // each a path in a 56 x 56 box
  pigment: "M18 10h20v8l4 8v18a4 4 0 0 1-4 4H18a4 4 0 0 1-4-4V26l4-8zM14 32h28",
  needle: "M28 4v22M22 26h12v20H22zM28 46v6",
  wipe: "M8 36c8-14 32-14 40 0M12 44h32M20 20l4-8h8l4 8",
  break: "M14 16h24v16a10 10 0 0 1-10 10h-4a10 10 0 0 1-10-10zM38 20h6v8h-6M12 48h30",
};

function picture(kind) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg"),
    path = document.createElementNS(space, "path");
  svg.setAttribute("viewBox", "0 0 56 56");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", PICTURES[kind] ?? "");
  path.setAttribute("fill", "none");
  path.setAttribute("stroke", "currentColor");
  path.setAttribute("stroke-width", "3");
  svg.append(path);
  return svg;
}

/** Cards that must be answered, oldest kind first; they stand over the head, never over Hold. */
export function makePrompts(line, words, fail) {
  const stack = el("div", { className: "prompts", "aria-live": "polite", id: "prompts" });
  function update() {
    const open = (line.state.prompts ?? []).filter((prompt) => prompt.is_open);
    const isReady = line.state.phase === "held";
    rebuild(stack, [open, isReady, line.isInCommand, words.language], () =>
      open.map((prompt) =>
        el(
          "section",
          { className: "panel prompt" },
          picture(prompt.kind),
          el("h2", {}, words(`prompt_${prompt.kind}`)),
          el(
            "p",
            {},
            prompt.text || words(`prompt_${prompt.kind}_text`, prompt),
            " ",
            el("span", { className: "faint" }, words("prompt_wait")),
          ),
          el(
            "button",
            {
              className: "primary",
              id: `answer-${prompt.kind}`,
              disabled: !isReady || !line.isInCommand,
              onclick: () => line.call("answer", { prompt: prompt.kind }).catch(fail),
            },
            line.isInCommand ? words("prompt_done") : words("command_needed"),
          ),
        ),
      ),
    );
  }
  return { stack, update };
}
