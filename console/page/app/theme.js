// Light or dark: the person's choice, else the system's.
const DOTS = ["pending", "done", "skipped", "doubtful", "next", "later"];
const OTHERS = {
  ground: "panel",
  skin: "skin",
  ink: "ink",
  faint: "faint",
  line: "line",
  held: "held",
  bad: "bad",
};

export function chosenTheme() {
  const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
  return localStorage.getItem("theme") ?? (isDark ? "dark" : "light");
}

export function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
}

/** The other one, kept for the next time. */
export function changeTheme() {
  const theme = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  localStorage.setItem("theme", theme);
  setTheme(theme);
}

/** What is drawn without CSS takes its colours from it: dots by fate, and the charts'. */
export function colours() {
  const style = getComputedStyle(document.documentElement);
  const get = (name) => style.getPropertyValue(`--${name}`).trim();
  const named = [...DOTS.map((name) => [name, name]), ...Object.entries(OTHERS)];
  return Object.fromEntries(named.map(([name, property]) => [name, get(property)]));
}
