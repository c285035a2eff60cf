// The technician's view: axes, jogging by hold-to-move, tracking, the rig's programs.
import { el, rebuild, say } from "./dom.js";

const JOG_BEAT_MS = 100; // a held button says so ten times a second; silence stops the axis

export function makeTechnician(line, words, fail) {
  const axes = el("table"),
    tracking = el("table"),
    jog = el("div"),
    programs = el("div");
  const view = el(
    "div",
    { className: "view page", id: "view-technician" },
    el("section", { className: "panel" }, el("h2", {}, words("axes")), axes),
    el("section", { className: "panel" }, el("h2", {}, words("jog")), jog),
    el("section", { className: "panel" }, el("h2", {}, words("tracking")), tracking),
    el(
      "section",
      { className: "panel" },
      el("h2", {}, words("programs")),
      programs,
      el("h3", {}, words("commands_tech")),
      ...[
        "smprig rig doctor",
        "smprig calibrate --help",
        "smprig status",
        "journalctl -u smprigd -u smprig-guard",
      ].map((text) => el("div", {}, el("code", {}, text))),
    ),
  );
  let held = null;

  function jogButton(axis, direction) {
    const stop = () => {
      if (!held) return;
      clearInterval(held);
      held = null;
      line.call("jog_stop").catch(() => {});
    };
    const begin = (event) => {
      event.preventDefault();
      if (held) return;
      const push = () =>
        line.call("jog", { axis, direction }).catch((error) => {
          stop();
          fail(error);
        });
      push();
      held = setInterval(push, JOG_BEAT_MS);
    };
    return el(
      "button",
      {
        onpointerdown: begin,
        onpointerup: stop,
        onpointerleave: stop,
        onpointercancel: stop,
        onblur: stop,
        disabled: !line.isInCommand || line.me?.role !== "technician",
        "aria-label": `${axis} ${direction > 0 ? "+" : "-"}`,
      },
      `${axis} ${direction > 0 ? "+" : "−"}`,
    );
  }

  function jogParts() {
    if (!line.info?.can_jog)
      return [
        el("p", { className: "faint" }, words("jog_none")),
        el("div", {}, el("code", {}, "smprig rig jog --help")),
      ];
    return [
      el("p", {}, words("jog_help")),
      ...(line.info?.rig.axes ?? []).map((axis) =>
        el("div", { className: "pair" }, jogButton(axis.letter, -1), jogButton(axis.letter, 1)),
      ),
    ];
  }

  function axisRows() {
    const list = line.info?.rig.axes ?? [],
      at = line.state.tool?.axes ?? [];
    const unit = (axis, value) =>
      axis.is_rotary ? `${((value * 180) / Math.PI).toFixed(2)}°` : `${value.toFixed(3)} mm`;
    return [
      el("tr", {}, ...["axis", "position", "range"].map((key) => el("th", {}, words(key)))),
      ...list.map((axis, i) =>
        el(
          "tr",
          {},
          el("td", {}, axis.letter),
          el("td", { className: "number fresh" }, at[i] === undefined ? "" : unit(axis, at[i])),
          el("td", { className: "number" }, `${unit(axis, axis.min)} … ${unit(axis, axis.max)}`),
        ),
      ),
    ];
  }

  function trackingRows() {
    const head = line.state.head;
    if (!head) return [];
    const row = (name, value) =>
      el("tr", {}, el("td", {}, name), el("td", { className: "number fresh" }, value));
    return [
      row(words("head"), `${words.said(head.state)} (${words.said(head.reason)})`),
      row(words("tags"), String(head.tags)),
      row(words("residual"), `${head.residual_px.toFixed(3)} px`),
      row(words("sigma"), `${head.sigma_um.toFixed(1)} µm`),
      row(words("age"), head.age_ms === null ? "" : head.age_ms.toFixed(0)),
    ];
  }

  return {
    view,
    begin() {},
    setTheme() {},
    update() {
      rebuild(axes, [line.state.tool?.axes, line.info?.rig], axisRows);
      rebuild(tracking, line.state.head, trackingRows);
      rebuild(jog, [line.info?.can_jog, line.isInCommand, line.me, words.language], jogParts);
      say(
        programs,
        line.info
          ? `smprigd ${line.info.version} (${line.info.revision}), ${line.info.rig.name}`
          : "",
      );
    },
  };
}
