// Small helpers to make and change elements. No markup is ever made from text.

/** An element: tag, properties (on... are listeners, data-/aria- are attributes), children. */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key in element && !key.startsWith("aria")) element[key] = value;
    else element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Change a text only when it differs, so that nothing flickers and screen readers stay calm. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function show(element, isShown) {
  element.hidden = !isShown;
}

/** Rebuild the children only when `key` (any JSON) has changed since the last time. */
export function rebuild(element, key, build) {
  const text = JSON.stringify(key);
  if (element.builtFrom === text) return;
  element.builtFrom = text;
  element.replaceChildren(...build());
}

/** Open a modal dialog; it is removed when closed. It never covers the command column. */
export function openDialog(title, ...content) {
  const dialog = el("dialog", { "aria-label": title }, el("h2", {}, title), ...content);
  dialog.addEventListener("close", () => dialog.remove());
  document.querySelector("#view").append(dialog);
  dialog.show();
  dialog.querySelector("button, input, select")?.focus();
  return dialog;
}
