// The shell: log in, header, views, and what holds on every one of them (Space, staleness, theme).
import { el, openDialog, rebuild, say, show } from "./dom.js";
import { Line } from "./net.js";
import { makeWords } from "./words.js";
import { makeCommand } from "./command.js";
import { makeAlarms } from "./alarms.js";
import { makeSession } from "./session.js";
import { makePrepare } from "./prepare.js";
import { makeTechnician } from "./technician.js";
import { makeAfter, logItem } from "./after.js";

const root = document.querySelector("#root");
const line = new Line();
let words = makeWords(localStorage.getItem("language") ?? navigator.language.slice(0, 2));

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  localStorage.setItem("theme", theme);
}
setTheme(
  localStorage.getItem("theme") ??
    (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"),
);

function colours() {
  const style = getComputedStyle(document.documentElement);
  const get = (name) => style.getPropertyValue(`--${name}`).trim();
  return {
    ground: get("panel"),
    skin: get("skin"),
    ink: get("ink"),
    faint: get("faint"),
    line: get("line"),
    held: get("held"),
    bad: get("bad"),
    dots: ["pending", "done", "skipped", "doubtful", "next"].map(get),
  };
}

function showLogin(message = "") {
  const error = el("p", { className: "error", role: "alert" }, message);
  const name = el("input", { autocomplete: "username", required: true, id: "name" });
  const password = el("input", {
    type: "password",
    autocomplete: "current-password",
    required: true,
    id: "password",
  });
  const button = el("button", { className: "primary", type: "submit" }, words("login"));
  const form = el(
    "form",
    {
      className: "panel",
      onsubmit: async (event) => {
        event.preventDefault();
        button.disabled = true;
        say(button, words("login_wait"));
        try {
          await line.login({ name: name.value, password: password.value });
          showShell();
        } catch (reason) {
          say(error, reason.message);
          button.disabled = false;
          say(button, words("login"));
        }
      },
    },
    el("h1", {}, "smprig"),
    el("label", { htmlFor: "name" }, words("name")),
    name,
    el("label", { htmlFor: "password" }, words("password")),
    password,
    button,
    error,
  );
  document.documentElement.lang = words.language;
  root.replaceChildren(el("main", { className: "login" }, form));
  name.focus();
}

function makeHeader(names, choose) {
  const parts = {
    caseName: el("span", { className: "faint" }),
    state: el("span", { className: "state", role: "status", id: "state" }),
    clock: el("span", { className: "clock" }),
    who: el("span", { className: "who faint" }),
  };
  const tabs = names.map((name) =>
    el("button", { onclick: () => choose(name), id: `tab-${name}` }, words(name)),
  );
  const bar = el(
    "header",
    {},
    el("span", { className: "brand" }, "smprig"),
    parts.caseName,
    parts.state,
    el("nav", { "aria-label": words("session") }, ...tabs),
    parts.who,
    parts.clock,
    el(
      "button",
      {
        className: "small",
        id: "theme",
        "aria-label": words("theme"),
        onclick: () => {
          setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark");
          document.dispatchEvent(new Event("theme"));
        },
      },
      "◐",
    ),
    el(
      "button",
      {
        className: "small",
        id: "language",
        onclick: () => {
          localStorage.setItem("language", words.language === "de" ? "en" : "de");
          location.reload();
        },
      },
      words.language === "de" ? "EN" : "DE",
    ),
    el("button", { className: "small", onclick: () => line.logout() }, words("logout")),
  );
  return { bar, ...parts, tabs };
}

function showShell() {
  document.documentElement.lang = words.language;
  const command = makeCommand(line, words);
  const views = {
    session: makeSession(line, words, command.fail, colours),
    prepare: makePrepare(line, words, command.fail),
    technician: makeTechnician(line, words, command.fail),
    after: makeAfter(line, words),
  };
  const names = Object.keys(views);
  const header = makeHeader(names, choose);
  const alarms = makeAlarms(line, words, command.fail);
  const newest = el("span", { className: "fresh" });
  const logline = el(
    "div",
    { className: "panel logline" },
    newest,
    el("button", { onclick: showLog }, words("log")),
  );
  const place = el("div", { id: "view" }, ...names.map((name) => views[name].view));
  root.replaceChildren(
    el(
      "div",
      { className: "shell" },
      header.bar,
      el(
        "main",
        { className: "left" },
        alarms.strip,
        place,
        logline,
        el("p", { className: "phone-note faint" }, words("phone")),
      ),
      command.column,
    ),
  );
  let shown = "";

  function choose(name) {
    shown = name;
    names.forEach((one, i) => {
      show(views[one].view, one === name);
      if (one === name) header.tabs[i].setAttribute("aria-current", "page");
      else header.tabs[i].removeAttribute("aria-current");
    });
    update();
  }

  function showLog() {
    const list = el(
      "ul",
      { className: "loglist", tabIndex: 0 },
      ...line.log.slice(-200).reverse().map(logItem),
    );
    const dialog = openDialog(
      words("log"),
      list,
      el(
        "div",
        { className: "pair" },
        el("button", { onclick: () => dialog.close() }, words("close")),
      ),
    );
    dialog.classList.add("log");
  }

  function update() {
    const state = line.state,
      isStale = line.isStale;
    const phase = isStale ? "stale" : (state.phase ?? "no case");
    document.body.classList.toggle("stale", isStale);
    header.state.dataset.phase = phase;
    say(header.state, words.phase(phase));
    say(header.caseName, state.case?.name ? `${words("case")} ${state.case.name}` : "");
    say(header.who, line.me ? `${line.me.name} · ${words.role(line.me.role)}` : "");
    command.update();
    alarms.update();
    views[shown]?.update();
    updateLine(isStale);
  }

  function updateLine(isStale) {
    const entry = line.log.at(-1);
    const since = new Date(Date.now() - (performance.now() - line.heardAt))
      .toTimeString()
      .slice(0, 8);
    if (isStale)
      say(
        newest,
        `${words(line.me ? "daemon_down" : "console_down")}. ${words("stale", { time: since })}`,
      );
    else
      rebuild(newest, entry?.number ?? 0, () =>
        entry ? [`${new Date(entry.unix_ms).toTimeString().slice(0, 8)}  ${entry.text}`] : [],
      );
    if (isStale) newest.builtFrom = "";
  }

  document.addEventListener("keydown", (event) => {
    const isTyping = ["INPUT", "SELECT", "TEXTAREA"].includes(event.target.tagName);
    if (event.key === " " && !(isTyping && event.target.tagName === "INPUT")) {
      event.preventDefault();
      if (!event.repeat) command.hold();
    }
    if (isTyping || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "f") views.session.toggleFollow();
    if (event.key === "Escape") document.querySelector("dialog")?.close();
    if (names[Number(event.key) - 1]) choose(names[Number(event.key) - 1]);
  });
  // A button that has the focus must not be pressed by the space bar that holds.
  document.addEventListener("keyup", (event) => {
    if (event.key === " " && event.target.tagName === "BUTTON") event.preventDefault();
  });
  document.addEventListener("theme", () => names.forEach((name) => views[name].setTheme()));
  line.addEventListener("hello", () => {
    names.forEach((name) => {
      if (!views[name].hasBegun) views[name].begin();
      views[name].hasBegun = true;
    });
    update();
  });
  line.addEventListener("state", update);
  line.addEventListener("log", update);
  setInterval(() => {
    say(header.clock, new Date().toTimeString().slice(0, 5));
    if (line.isStale) update();
  }, 500);
  choose("session");
  line.open();
}

async function begin() {
  const once = /^#once=([0-9a-f]{64})$/.exec(location.hash)?.[1];
  history.replaceState(null, "", location.pathname); // the token must not stay in the address
  try {
    if (once) await line.login({ once });
    if (once || (await line.isLoggedIn())) showShell();
    else showLogin();
  } catch (reason) {
    showLogin(reason.message);
  }
}

begin();
