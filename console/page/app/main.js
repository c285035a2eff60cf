// The page's beginning: log in, then the shell.
import { el, say } from "./dom.js";
import { Line } from "./net.js";
import { makeWords } from "./words.js";
import { showShell } from "./shell.js";
import { chosenTheme, setTheme } from "./theme.js";

const root = document.querySelector("#root");
const line = new Line();
const words = makeWords(localStorage.getItem("language") ?? navigator.language.slice(0, 2));

function showLogin(message = "") {
  const error = el("p", { className: "error", role: "alert" }, message);
  const field = (id, type, autocomplete) => el("input", { id, type, autocomplete, required: true });
  const name = field("name", "text", "username");
  const password = field("password", "password", "current-password");
  const button = el("button", { className: "primary", type: "submit" }, words("login"));

  async function submit(event) {
    event.preventDefault();
    button.disabled = true;
    say(button, words("login_wait"));
    try {
      await line.login({ name: name.value, password: password.value });
      showShell(root, line, words);
    } catch (reason) {
      say(error, words.said(reason.message));
      button.disabled = false;
      say(button, words("login"));
    }
  }

  const form = el(
    "form",
    { className: "panel", onsubmit: submit },
    el("h1", {}, "smprig"),
    el("label", { htmlFor: "name" }, words("name")),
    name,
    el("label", { htmlFor: "password" }, words("password")),
    ...[password, button, error],
  );
  root.replaceChildren(el("main", { className: "login" }, form));
  name.focus();
}

async function begin() {
  setTheme(chosenTheme());
  document.documentElement.lang = words.language;
  const once = /^#once=([0-9a-f]{64})$/.exec(location.hash)?.[1];
  history.replaceState(null, "", location.pathname); // the token must not stay in the address
  try {
    if (once) await line.login({ once });
    if (once || (await line.isLoggedIn())) showShell(root, line, words);
    else showLogin();
  } catch (reason) {
    showLogin(words.said(reason.message));
  }
}

begin();
