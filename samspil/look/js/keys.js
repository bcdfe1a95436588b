// Single keys press the element that declares them: <button data-key="e">, <a data-key="g s">, data-key="shift+x".
// A key nobody on the page declares is told as `look:key`, so that lists and toasts may take it. Single keys can be switched off
// (WCAG 2.1.4); keys with Ctrl work regardless.
import { all, isTyping, isUsable, keep, make, nameOf, on, one, root, words } from "./dom.js";

const SEQUENCE_MS = 900;
let first = "";
let firstTimer = 0;

export const areKeysOn = () => root.dataset.singleKeys !== "off";

export function setKeys(isOn) {
  root.dataset.singleKeys = isOn ? "on" : "off";
  keep("single-keys", root.dataset.singleKeys);
}

const keyOf = (event) => (event.shiftKey && /^[a-z]$/i.test(event.key) ? `shift+${event.key.toLowerCase()}` : event.key.toLowerCase());
const elementFor = (key) => all(`[data-key="${CSS.escape(key)}"]`).find(isUsable);
const startsSequence = (key) => one(`[data-key^="${CSS.escape(key)} "]`) !== null;

export function press(element) {
  if (isTyping(element)) element.focus();
  else {
    element.click();
    // A menu that was opened by its key is moved in by the arrows at once.
    if (element.matches("summary")) element.focus();
  }
}

on("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  if (event.key === "Escape" && isTyping(event.target) && !event.target.closest("dialog")) return void event.target.blur();
  if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey || one("dialog[open]") || !areKeysOn()) return;
  if (["Enter", " "].includes(event.key) && event.target.closest("a, button, summary, input")) return;
  const key = keyOf(event);
  const whole = first ? `${first} ${key}` : key;
  clearTimeout(firstTimer);
  first = "";
  const element = elementFor(whole);
  if (element) {
    event.preventDefault();
    press(element);
  } else if (startsSequence(whole)) {
    first = whole;
    firstTimer = setTimeout(() => { first = ""; }, SEQUENCE_MS);
  } else if (key === "?") {
    event.preventDefault();
    openKeys();
  } else {
    const told = new CustomEvent("look:key", { detail: { key, target: event.target }, bubbles: true, cancelable: true });
    if (!event.target.dispatchEvent(told)) event.preventDefault();
  }
});

// The sheet: fixed keys stand in the template, the rest is what the page declares now.
function openKeys() {
  const sheet = one("#keys");
  if (!sheet || sheet.open) return;
  all("[data-key-found]", sheet).forEach((section) => section.remove());
  all("[data-key-when]", sheet).forEach((section) => { section.hidden = !one(section.dataset.keyWhen); });
  const groups = new Map();
  const seen = new Set(["?"]);
  for (const element of all("[data-key]")) {
    const { key } = element.dataset;
    if (seen.has(key)) continue;
    seen.add(key);
    const group = element.closest("[data-key-group]")?.dataset.keyGroup ?? (key.includes(" ") ? words("pages") : words("here"));
    if (!groups.has(group)) groups.set(group, []);
    groups.get(group).push([key, nameOf(element)]);
  }
  for (const [group, rows] of groups) {
    const list = make("dl", {}, ...rows.flatMap(([key, name]) => [make("dt", {}, ...capsOf(key)), make("dd", {}, name)]));
    one("#keys-groups").append(make("section", { "data-key-found": "" }, make("h3", {}, group), list));
  }
  one("[data-single-keys-switch]", sheet).checked = areKeysOn();
  sheet.showModal();
}

export function capsOf(key) {
  const caps = { shift: "⇧", enter: "↵", escape: "Esc" };
  return key.split(/[ +]/).flatMap((part, place) => [...(place ? [" "] : []), make("kbd", {}, caps[part] ?? part.toUpperCase())]);
}

on("click", (event) => { if (event.target.closest("[data-keys-open]")) openKeys(); });
on("change", (event) => { if (event.target.matches("[data-single-keys-switch]")) setKeys(event.target.checked); });
