// Whose session this is, on every view: the case, the client's initials and year of birth, which session.
import { el, say } from "./dom.js";

/** "Ada Example" becomes "A.E.": enough to see a mix-up, too little for who passes by. */
function initials(name) {
  return name
    .split(/\s+/)
    .map((word) => `${word[0] ?? ""}.`)
    .join("");
}

export function makeCaseBadge(line, words) {
  const badge = el("span", { className: "case", id: "case" });
  let plan = "",
    person = "";

  async function read() {
    person = "";
    try {
      const { client = [], sessions = [] } = await line.call("records");
      const { name = "", born = "" } = client[0] ?? {};
      const number = words("session_number", { number: sessions.at(-1)?.number ?? 1 });
      if (name) person = `${initials(name)} ${born.slice(0, 4)}, ${number}`;
    } catch {
      // not for this role, or not in this daemon: the case's name alone
    }
    show();
  }

  function show() {
    const open = line.state.case;
    const name = open?.name ? `${words("case")} ${open.name}` : "";
    say(badge, open ? [name, person].filter(Boolean).join("  ") : "");
    badge.title = badge.textContent;
  }

  return {
    badge,
    update() {
      const hash = line.state.case?.plan_sha256 ?? "";
      const isNew = hash !== plan && (!hash || line.offers("records"));
      if (isNew) plan = hash;
      if (isNew && hash) read();
      else show();
    },
  };
}
