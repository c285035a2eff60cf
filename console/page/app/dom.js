// Small helpers to make and change elements. No markup is ever made from text.

function setProperty(element, key, value) {
  if (value === undefined || value === null) return;
  if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
  else if (key in element && !key.startsWith("aria") && key !== "list") element[key] = value;
  else element.setAttribute(key, value);
}

/** An element: tag, properties (on... are listeners, data-/aria- are attributes), children. */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(properties)) setProperty(element, key, value);
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** Change a text only when it differs, so that nothing flickers and screen readers stay calm. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function show(element, isShown) {
  element.hidden = !isShown;
}

/** Rebuild the children only when `key` (any JSON) has changed since the last time; the focus stays
 * where it was when what had it has an id. */
export function rebuild(element, key, build) {
  const text = JSON.stringify(key);
  if (element.builtFrom === text) return;
  element.builtFrom = text;
  const focused = element.contains(document.activeElement) ? document.activeElement.id : "";
  element.replaceChildren(...build());
  if (focused) document.getElementById(focused)?.focus();
}

/** A drawing of lines in a square of `size`, in the text's colour; d: its path. */
export function icon(d, size = 24) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg"),
    path = document.createElementNS(space, "path");
  svg.setAttribute("viewBox", `0 0 ${size} ${size}`);
  svg.setAttribute("aria-hidden", "true");
  const looks = { d, fill: "none", stroke: "currentColor", "stroke-width": size / 16 };
  for (const [key, value] of Object.entries(looks)) path.setAttribute(key, value);
  svg.append(path);
  return svg;
}

/** A share of 0 to 1 as a bar; parts: [{ share, kind }] side by side. */
export function meter(label, ...parts) {
  const total = parts.reduce((sum, part) => sum + part.share, 0);
  const bar = el("div", {
    className: "bar",
    role: "progressbar",
    "aria-label": label,
    "aria-valuemin": 0,
    "aria-valuemax": 100,
    "aria-valuenow": Math.round(100 * Math.min(1, total)),
  });
  for (const { share, kind } of parts) {
    const part = el("div", { className: kind ?? "done" });
    part.style.width = `${100 * Math.max(0, Math.min(1, share))}%`;
    bar.append(part);
  }
  return bar;
}

/** A table: heads are texts, cells texts or elements; numbers (right-aligned) by column. */
export function tableOf(heads, rows, { numbers = [], className = "" } = {}) {
  const kind = (i) => (numbers.includes(i) ? "number" : "");
  const head = heads.map((text, i) => el("th", { scope: "col", className: kind(i) }, text));
  return el(
    "table",
    { className },
    heads.length ? el("thead", {}, el("tr", {}, head)) : null,
    el(
      "tbody",
      {},
      rows.map((cells) =>
        el(
          "tr",
          {},
          cells.map((cell, i) => el("td", { className: kind(i) }, cell)),
        ),
      ),
    ),
  );
}

/** Open a dialog in the view's place: it never covers the command column. Removed when closed; the
 * focus then returns to where it was. */
export function openDialog(title, ...content) {
  const before = document.activeElement;
  document.querySelector("dialog")?.close();
  const dialog = el("dialog", { "aria-label": title }, el("h2", {}, title), ...content);
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (document.activeElement === document.body) before?.focus();
  });
  document.querySelector("#view").append(dialog);
  dialog.show();
  (dialog.querySelector("input, select") ?? dialog.querySelector("button"))?.focus();
  return dialog;
}

/** The two buttons at a dialog's end: one that leaves, one that acts. */
export function dialogButtons(words, actLabel, act, actId, leaveLabel = words("back")) {
  const close = (event) => event.target.closest("dialog").close();
  return el(
    "div",
    { className: "pair" },
    el("button", { onclick: close }, leaveLabel),
    el(
      "button",
      { className: "primary", id: actId, onclick: (event) => act(() => close(event)) },
      actLabel,
    ),
  );
}

/** A dialog that asks for a reason for the record, then acts with it. */
export function askWhy(words, title, text, actLabel, act) {
  const why = el("input", { required: true, maxLength: 100, id: "why-input" });
  const go = (close) => {
    if (!why.reportValidity()) return;
    act(why.value);
    close();
  };
  return openDialog(
    title,
    el("p", {}, text),
    el("label", { htmlFor: "why-input" }, words("why")),
    why,
    dialogButtons(words, actLabel, go, "why-act"),
  );
}
