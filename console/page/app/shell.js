// The shell: header, views, and what holds on every one of them (Hold, Space, alarms, prompts, staleness).
import { el, icon, openDialog, rebuild, say, show } from "./dom.js";
import { clock } from "./numbers.js";
import { changeTheme, colours } from "./theme.js";
import { makeAlarms } from "./alarms.js";
import { makePrompts } from "./prompts.js";
import { makeCommand } from "./command.js";
import { makeSession } from "./session.js";
import { makePrepare } from "./prepare.js";
import { makeTechnician } from "./technician.js";
import { makeAfter } from "./after.js";
import { logItem } from "./log.js";
import { makeCaseBadge } from "./case_badge.js";

const LOG_SHOWN = 200;
const ICONS = {
  logout: "M10 4H4v16h6M9 12h12M16 7l5 5-5 5",
  theme: "M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18M12 6v12M13 8h5M13 12h7M13 16h5",
  soundOn: "M4 9v6h4l5 4V5L8 9zM16 9a4 4 0 0 1 0 6M18 6a8 8 0 0 1 0 12",
  soundOff: "M4 9v6h4l5 4V5L8 9zM16 9l5 6M21 9l-5 6",
};

function changeLanguage(words) {
  localStorage.setItem("language", words.language === "de" ? "en" : "de");
  location.reload();
}

function makeHeader(line, words, names, actions) {
  const about = makeCaseBadge(line, words);
  const state = el("span", { className: "state", role: "status", id: "state" });
  const who = el("span", { className: "who faint" }),
    time = el("span", { className: "clock" });
  const tab = (name) =>
    el("button", { onclick: () => actions.choose(name), id: `tab-${name}` }, words(`view ${name}`));
  const tabs = names.map(tab);
  const small = (id, text, label, onclick) =>
    el("button", { className: "small", id, "aria-label": label, title: label, onclick }, text);
  const sound = small("sound", "", "", actions.changeSound);
  const bar = el(
    "header",
    {},
    el("span", { className: "brand" }, "smprig"),
    ...[state, about.badge],
    el("nav", { "aria-label": words("views"), title: words("help") }, ...tabs),
    ...[who, time, sound],
    small("theme", icon(ICONS.theme), words("theme"), actions.changeTheme),
    small(
      "language",
      words.language === "de" ? "EN" : "DE",
      words("language"),
      actions.changeLanguage,
    ),
    small("logout", icon(ICONS.logout), words("logout"), () => line.logout()),
  );
  return { bar, about, state, who, time, tabs, sound };
}

function makeLogLine(line, words) {
  const newest = el("span", { className: "fresh" });
  const openLog = () => {
    const close = (event) => event.target.closest("dialog").close();
    const items = line.log.slice(-LOG_SHOWN).reverse();
    const list = el(
      "ul",
      { className: "loglist", tabIndex: 0 },
      items.map((one) => logItem(words, one)),
    );
    const dialog = openDialog(words("log"), list, el("button", { onclick: close }, words("close")));
    dialog.classList.add("log");
  };
  const button = el("button", { id: "log", onclick: openLog }, words("log"));
  return {
    panel: el("div", { className: "panel logline" }, newest, button),
    update() {
      const entry = line.log.at(-1);
      const since = clock(Date.now() - (performance.now() - line.heardAt));
      const cause = words(line.me ? "daemon_down" : "console_down");
      if (line.isStale) say(newest, `${cause}. ${words("stale", { time: since })}`);
      else say(newest, entry ? `${clock(entry.unix_ms)}  ${words.event(entry.text)}` : "");
    },
  };
}

/** Keys that work on every view. */
function listenToKeys({ hold, toggleFollow, choose, names }) {
  document.addEventListener("keydown", (event) => {
    const { target } = event;
    const isTyping = ["INPUT", "SELECT", "TEXTAREA"].includes(target.tagName);
    const isTick = ["checkbox", "radio"].includes(target.type);
    const isText = isTyping && !isTick && target.type !== "range";
    if (event.key === "Enter" && isTick) target.click(); // the space bar is taken
    if (event.key === " " && !isText) {
      event.preventDefault();
      if (!event.repeat) hold();
    }
    if (event.key === "Escape") document.querySelector("dialog")?.close();
    if (isTyping || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "f") toggleFollow();
    if (names[Number(event.key) - 1]) choose(names[Number(event.key) - 1]);
  });
  // A button that has the focus must not be pressed by the space bar that holds.
  document.addEventListener("keyup", (event) => {
    if (event.key === " " && event.target.tagName === "BUTTON") event.preventDefault();
  });
}

function updateHeader(header, line, words, sound) {
  const { state } = line;
  const phase = line.isStale ? "stale" : (state.phase ?? "no case");
  document.body.classList.toggle("stale", line.isStale);
  header.state.dataset.phase = phase;
  say(header.state, words.phase(phase));
  header.about.update();
  say(header.who, line.me ? `${line.me.name} · ${words.role(line.me.role)}` : "");
  rebuild(header.sound, sound.isOn, () => [icon(sound.isOn ? ICONS.soundOn : ICONS.soundOff)]);
  const label = words(sound.isOn ? "sound_on" : "sound_off");
  header.sound.setAttribute("aria-label", label);
  header.sound.title = label;
}

function showOnly(header, views, names, name) {
  names.forEach((one, i) => {
    show(views[one].view, one === name);
    if (one === name) header.tabs[i].setAttribute("aria-current", "page");
    else header.tabs[i].removeAttribute("aria-current");
  });
}

export function showShell(root, line, words) {
  let shown = "session";
  const prepare = { open: () => choose("prepare"), isShown: () => shown === "prepare" };
  const command = makeCommand(line, words, prepare),
    { fail } = command;
  const views = {
    session: makeSession(line, words, fail, colours),
    prepare: makePrepare(line, words, fail),
    technician: makeTechnician(line, words, fail),
    after: makeAfter(line, words, fail),
  };
  const names = Object.keys(views);
  const alarms = makeAlarms(line, words, fail),
    prompts = makePrompts(line, words, fail);
  const logLine = makeLogLine(line, words);
  const header = makeHeader(line, words, names, {
    choose,
    changeSound() {
      alarms.sound.setOn(!alarms.sound.isOn);
      update();
    },
    changeTheme() {
      changeTheme();
      for (const name of names) views[name].setTheme?.();
    },
    changeLanguage: () => changeLanguage(words),
  });
  const place = el("div", { id: "view" }, ...names.map((name) => views[name].view));
  const note = el("p", { className: "phone-note faint" }, words("phone"));
  const inLeft = [alarms.strip, prompts.strip, place, logLine.panel, note];
  const left = el("main", { className: "left" }, ...inLeft);
  root.replaceChildren(el("div", { className: "shell" }, header.bar, left, command.column));
  function choose(name) {
    shown = name;
    document.querySelector("dialog")?.close();
    showOnly(header, views, names, name);
    views[name].open?.();
    update();
  }

  function update() {
    updateHeader(header, line, words, alarms.sound);
    for (const part of [command, alarms, prompts, views[shown], logLine]) part.update();
  }

  function begin() {
    words.showsCommands = line.me?.role === "technician";
    for (const name of names) {
      if (!views[name].hasBegun) views[name].begin?.();
      views[name].hasBegun = true;
    }
    update();
  }

  listenToKeys({ hold: command.hold, toggleFollow: views.session.toggleFollow, choose, names });
  line.addEventListener("hello", begin);
  for (const news of ["state", "log", "methods"]) line.addEventListener(news, update);
  setInterval(() => {
    say(header.time, clock(Date.now()).slice(0, 5));
    if (line.isStale) update();
  }, 500);
  choose("session");
  line.open();
}
