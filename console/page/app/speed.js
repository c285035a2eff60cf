// The speed override: a share of the plan's own pace, never above it. It stands only where the daemon
// offers it.
import { el, say, show } from "./dom.js";

const STEP_PERCENT = 10,
  LEAST_PERCENT = 10;

export function makeSpeed(line, words, fail) {
  const value = el("output", { className: "number", id: "speed" });
  const button = (id, sign, key, step) =>
    el("button", { id, "aria-label": words(key), onclick: () => change(step) }, sign);
  const slower = button("slower", "−", "slower", -STEP_PERCENT);
  const faster = button("faster", "+", "faster", STEP_PERCENT);
  const panel = el(
    "div",
    { className: "panel speed", role: "group", "aria-label": words("speed") },
    el("span", {}, words("speed")),
    ...[slower, value, faster],
  );

  const percent = () => line.state.pace_percent ?? 100;

  function change(step) {
    const wanted = Math.max(LEAST_PERCENT, Math.min(100, percent() + step));
    line.call("override", { percent: wanted }).catch(fail);
  }

  return {
    panel,
    update() {
      show(panel, line.offers("override") && !!line.state.case);
      say(value, `${percent()} %`);
      slower.disabled = !line.isInCommand || percent() <= LEAST_PERCENT;
      faster.disabled = !line.isInCommand || percent() >= 100;
    },
  };
}
