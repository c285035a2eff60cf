// The session view: head, live camera, strip charts.
import { el, openDialog, say } from "./dom.js";
import { HeadView, FATE } from "./head3d.js";
import { CameraView } from "./camera.js";
import { Strip } from "./charts.js";
import { fetchCase } from "./net.js";
import { makePrompts } from "./alarms.js";

const FATES = ["pending", "next", "done", "skipped", "doubtful"];

export function makeSession(line, words, fail, colours) {
  const canvas = el("canvas", { "aria-label": words("head"), role: "img", tabIndex: 0 });
  const live = el("canvas", { role: "img", "aria-label": words("camera", { n: 1 }) });
  const follow = el("button", { "aria-pressed": "false", onclick: toggleFollow }, words("follow"));
  const other = el(
    "button",
    {
      onclick: () => {
        camera.shown = (camera.shown + 1) % camera.count;
        say(other, words("camera", { n: camera.shown + 1 }));
      },
    },
    words("camera", { n: 1 }),
  );
  const prompts = makePrompts(line, words, fail);
  const motionPlot = el("div", { className: "plot" }),
    agePlot = el("div", { className: "plot" });
  const motionNow = el("span", { className: "number fresh" }),
    ageNow = el("span", { className: "number fresh" });
  const view = el(
    "div",
    { className: "view session", id: "view-session" },
    el(
      "section",
      { className: "head3d", "aria-label": words("head") },
      canvas,
      el(
        "div",
        { className: "tools" },
        follow,
        el("button", { onclick: askSkip }, words("skip_zone")),
      ),
      el(
        "ul",
        { className: "legend" },
        ...FATES.map((fate) =>
          el("li", { className: fate }, el("i"), words(fate === "done" ? "struck" : fate)),
        ),
      ),
      prompts.stack,
    ),
    el("section", { className: "live" }, live, other),
    el(
      "div",
      { className: "strips" },
      el(
        "section",
        { className: "panel strip" },
        el("h2", {}, words("motion"), motionNow),
        motionPlot,
      ),
      el("section", { className: "panel strip" }, el("h2", {}, words("age"), ageNow), agePlot),
    ),
  );

  const camera = new CameraView(live, words);
  let head = null,
    motion = null,
    age = null,
    plan = "",
    pressedAt = null;

  function begin() {
    head = new HeadView(canvas);
    head.setTheme(colours());
    const limits = line.info?.limits ?? {};
    motion = new Strip(motionPlot, {
      colours: colours(),
      most: 20,
      limits: [
        { value: limits.strike_speed_mm_s, colour: "held" },
        { value: limits.trip_speed_mm_s, colour: "bad" },
      ],
    });
    age = new Strip(agePlot, {
      colours: colours(),
      most: 200,
      limits: [
        { value: limits.pose_age_ms, colour: "held" },
        { value: limits.pose_gone_ms, colour: "bad" },
      ],
    });
    canvas.addEventListener("pointerdown", (event) => {
      pressedAt = [event.offsetX, event.offsetY];
    });
    canvas.addEventListener("pointerup", (event) => {
      if (pressedAt && Math.hypot(event.offsetX - pressedAt[0], event.offsetY - pressedAt[1]) < 4)
        pick(event);
    });
    window.smprigHead = head; // for the bench
  }

  function pick(event) {
    const dot = head.pick(event.offsetX, event.offsetY);
    if (!dot || dot.fate !== FATE.pending || !line.isInCommand) return;
    askWhy(words("skip_dot", { id: dot.id }), (why) => line.call("skip", { dots: [dot.id], why }));
  }

  function askWhy(title, act, ...more) {
    const why = el("input", { required: true, maxLength: 100, "aria-label": words("why") });
    const dialog = openDialog(
      title,
      ...more,
      el("label", {}, words("why"), why),
      el(
        "div",
        { className: "pair" },
        el("button", { onclick: () => dialog.close() }, words("cancel")),
        el(
          "button",
          {
            className: "primary",
            onclick: () => {
              if (!why.reportValidity()) return;
              act(why.value).catch(fail);
              dialog.close();
            },
          },
          words("skip"),
        ),
      ),
    );
  }

  function askSkip() {
    const zones = (line.state.zones ?? []).filter((zone) => zone.pending);
    const choice = el(
      "select",
      { "aria-label": words("zone") },
      ...zones.map((zone) => el("option", { value: zone.name }, `${zone.name} (${zone.pending})`)),
    );
    if (zones.length)
      askWhy(
        words("skip_zone"),
        (why) => line.call("skip_zone", { zone: choice.value, why }),
        el("label", {}, words("zone"), choice),
      );
  }

  function toggleFollow() {
    head.follows = !head.follows;
    follow.setAttribute("aria-pressed", head.follows);
    follow.className = head.follows ? "primary" : "";
  }

  async function loadCase(hash) {
    plan = hash;
    const [dots, fates] = await Promise.all([fetchCase("dots"), fetchCase("fates")]);
    head.setDots(dots, fates);
    head.setHead(await fetchCase("head"));
    head.setNext(line.state.next);
    window.smprigReady = performance.now();
  }

  line.addEventListener("camera", (event) => camera.take(event.detail));
  line.addEventListener("dots", (event) => head?.setFates(event.detail.fates));
  line.addEventListener("state", (event) => {
    const state = line.state,
      changes = event.detail ?? state;
    const hash = state.case?.plan_sha256 ?? "";
    if (!head) return;
    if (hash && hash !== plan) loadCase(hash).catch(fail);
    if (changes.next) head.setNext(state.next);
    if (changes.tool || changes.head) head.setTool(state.tool);
    if (!changes.head) return;
    motion.add(state.head.speed_mm_s);
    age.add(state.head.age_ms);
    say(motionNow, `${state.head.speed_mm_s.toFixed(1)} mm/s`);
    say(ageNow, state.head.age_ms === null ? "" : `${state.head.age_ms.toFixed(0)} ms`);
  });

  return {
    view,
    begin,
    toggleFollow,
    update: () => prompts.update(),
    setTheme() {
      head?.setTheme(colours());
      motion?.setTheme(colours());
      age?.setTheme(colours());
    },
  };
}
