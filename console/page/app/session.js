// The session view: head, live camera, strip charts, zones.
import { askWhy, el, icon, say } from "./dom.js";
import { HeadView } from "./head3d.js";
import { RigModel } from "./rig3d.js";
import { CameraView } from "./camera.js";
import { Strip } from "./charts.js";
import { fetchCase } from "./net.js";
import { fateWord, makeZones } from "./zones.js";

const LEGEND = ["pending", "next", "done", "skipped", "doubtful", "later"];
const CLICK_MOST_PX = 4; // a press that moves less turns nothing: it picks
const MOTION_MOST_MM_S = 20,
  AGE_MOST_MS = 200;

/** The picture of the head with its tools; `use` brings it when the page can draw. */
function makeHeadPanel(line, words, fail) {
  const canvas = el("canvas", { "aria-label": words("head"), role: "img", tabIndex: 0 });
  const follow = el("button", { "aria-pressed": "false", onclick: toggleFollow }, words("follow"));
  const tool = (key, act) => el("button", { onclick: act }, words(key));
  const note = el("p", { className: "faint note" });
  const panel = el(
    "section",
    { className: "head3d", "aria-label": words("head") },
    canvas,
    el(
      "div",
      { className: "tools" },
      tool("whole_head", () => stopFollowing()?.lookAtHead()),
      tool("all_dots", () => stopFollowing()?.lookAtDots()),
      follow,
    ),
    el(
      "ul",
      { className: "legend" },
      LEGEND.map((fate) => el("li", { className: fate }, el("i"), fateWord(words, fate))),
    ),
    note,
  );
  let head = null,
    pressedAt = null;

  function setFollow(follows) {
    if (!head) return;
    head.follows = follows;
    follow.setAttribute("aria-pressed", follows);
    follow.className = follows ? "primary" : "";
  }

  function stopFollowing() {
    setFollow(false);
    return head;
  }

  function toggleFollow() {
    if (head) setFollow(!head.follows);
  }

  function pick(event) {
    const dot = head.pick(event.offsetX, event.offsetY);
    if (dot?.fate !== "pending" || !line.isInCommand) return;
    const act = (why) => line.call("skip", { dots: [dot.id], why }).catch(fail);
    askWhy(words, words("skip_dot", dot), words("skip_dot_text"), words("skip"), act);
  }

  function begin() {
    try {
      head = new HeadView(canvas);
    } catch {
      say(note, words("no_webgl"));
      return null;
    }
    canvas.addEventListener("pointerdown", (event) => {
      pressedAt = [event.offsetX, event.offsetY];
    });
    canvas.addEventListener("pointerup", (event) => {
      const [x, y] = pressedAt ?? [Infinity, 0];
      if (Math.hypot(event.offsetX - x, event.offsetY - y) < CLICK_MOST_PX) pick(event);
    });
    return head;
  }
  return { panel, begin, toggleFollow };
}

function makeCameraPanel(line, words) {
  const canvas = el("canvas", { role: "img", "aria-label": words("camera", { n: 1 }) });
  const name = el("span", { "aria-hidden": "true" }, "1");
  const other = el("button", { "aria-label": words("camera_other"), onclick: showOther }, name);
  const zoom = el("button", {
    ...{ id: "zoom", "aria-label": words("camera_zoom"), title: words("camera_zoom") },
    "aria-pressed": "false",
    onclick: toggleZoom,
  });
  zoom.append(icon("M10 4a6 6 0 1 0 .1 0M15 15l6 6M7 10h6M10 7v6"));
  const camera = new CameraView(canvas, words);

  function showOther() {
    camera.showOther();
    say(name, String(camera.shown + 1));
    canvas.setAttribute("aria-label", words("camera", { n: camera.shown + 1 }));
  }

  function toggleZoom() {
    camera.isClose = !camera.isClose;
    zoom.setAttribute("aria-pressed", camera.isClose);
    camera.draw();
  }
  other.title = words("camera_other");
  line.addEventListener("camera", (event) => camera.take(event.detail));
  const tools = el("div", { className: "tools" }, other, zoom);
  const picture = el("div", { className: "picture" }, canvas);
  return el(
    "section",
    { className: "live", "aria-label": words("camera", { n: 1 }) },
    tools,
    picture,
  );
}

/** One strip chart with its title, its limits and its newest value. */
function makeStrip(words, key, unit, most) {
  const now = el("span", { className: "number fresh" });
  const limitText = el("span", { className: "faint" });
  const plot = el("div", {
    className: "plot",
    role: "img",
    "aria-label": words("chart_label", { what: words(key) }),
  });
  const title = el("h2", {}, words(key), limitText, now);
  const panel = el("section", { className: "panel strip" }, title, plot);
  let strip = null;
  return {
    panel,
    begin(colours, strike, trip) {
      const limits = [
        { value: strike, colour: "held" },
        { value: trip, colour: "bad" },
      ];
      strip = new Strip(plot, { colours, most, limits });
      say(limitText, words("limits", { strike, trip }));
    },
    add(value) {
      strip?.add(value);
      say(now, value === null ? "—" : `${value.toFixed(unit === "ms" ? 0 : 1)} ${unit}`);
    },
    setTheme: (colours) => strip?.setTheme(colours),
  };
}

export function makeSession(line, words, fail, colours) {
  const headPanel = makeHeadPanel(line, words, fail);
  const motion = makeStrip(words, "motion", "mm/s", MOTION_MOST_MM_S);
  const age = makeStrip(words, "age", "ms", AGE_MOST_MS);
  let head = null,
    plan = "",
    hasInfo = false;
  const zones = makeZones(line, words, fail, () => head);
  const view = el(
    "div",
    { className: "view session", id: "view-session" },
    headPanel.panel,
    makeCameraPanel(line, words),
    el("div", { className: "strips" }, motion.panel, age.panel),
    zones.panel,
  );

  function begin() {
    head = headPanel.begin();
    head?.setTheme(colours());
    takeInfo();
  }

  // What the daemon says of itself: limits for the charts, the rig's build.
  function takeInfo() {
    const limits = line.info?.limits;
    if (!limits || hasInfo) return;
    hasInfo = true;
    motion.begin(colours(), limits.strike_speed_mm_s, limits.trip_speed_mm_s);
    age.begin(colours(), limits.pose_age_ms, limits.pose_gone_ms);
    if (line.info.rig.chain) head?.setRig(new RigModel(line.info.rig));
  }

  async function loadCase(hash) {
    plan = hash;
    const [dots, fates] = await Promise.all([fetchCase("dots"), fetchCase("fates")]);
    head.setDots(dots, fates);
    head.setHead(await fetchCase("head"));
    head.setNext(line.state.next);
  }

  line.addEventListener("methods", takeInfo);
  line.addEventListener("dots", (event) => head?.setFates(event.detail.fates));
  line.addEventListener("state", (event) => {
    const state = line.state,
      changes = event.detail ?? state;
    const hash = state.case?.plan_sha256 ?? "";
    if (!hash) plan = ""; // the next case may have the same plan, and other fates
    if (head && hash && hash !== plan) loadCase(hash).catch(fail);
    if (changes.next) head?.setNext(state.next);
    if (changes.tool || changes.head) head?.setTool(state.tool);
    if (!changes.head) return;
    motion.add(state.head.speed_mm_s);
    age.add(state.head.age_ms);
  });

  return {
    view,
    begin,
    toggleFollow: headPanel.toggleFollow,
    update: zones.update,
    setTheme() {
      head?.setTheme(colours());
      motion.setTheme(colours());
      age.setTheme(colours());
    },
  };
}
