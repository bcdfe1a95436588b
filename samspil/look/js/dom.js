// The few things every module needs. All modules share one scope once built: a name is declared in one of them only.
export const root = document.documentElement;
export const one = (selector, within = document) => within.querySelector(selector);
export const all = (selector, within = document) => [...within.querySelectorAll(selector)];
export const on = (kind, handler, options) => document.addEventListener(kind, handler, options);

// Words live in templates, where gettext finds them.
export const words = (key) => one("#texts")?.dataset[key] ?? "";

export const tell = (kind, detail = {}, element = document) =>
  element.dispatchEvent(new CustomEvent(kind, { detail, bubbles: true, cancelable: true }));

export const isShown = (element) => element.checkVisibility?.({ visibilityProperty: true }) ?? element.offsetParent !== null;
export const isUsable = (element) => !element.disabled && element.ariaDisabled !== "true" && isShown(element);
export const isTyping = (target) =>
  Boolean(target.closest?.("input:not([type=checkbox], [type=radio], [type=button]), textarea, select, [contenteditable]"));

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== null && value !== false) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

export function keep(name, value) {
  document.cookie = `${name}=${value};path=/;max-age=31536000;samesite=lax`;
}

// A private window or a full disk refuses localStorage; the page must work without.
export const store = {
  get(key) { try { return localStorage.getItem(key); } catch { return null; } },
  set(key, value) { try { localStorage.setItem(key, value); } catch { /* the server keeps the draft as well */ } },
  drop(key) { try { localStorage.removeItem(key); } catch { /* nothing was kept */ } },
};

// What an element is called: its label, or its words without the key hints.
export function nameOf(element) {
  const given = element.dataset.keyLabel ?? element.getAttribute("aria-label");
  if (given) return given;
  const copy = element.cloneNode(true);
  all("kbd, b, svg, small", copy).forEach((part) => part.remove());
  return copy.textContent.trim().replace(/\s+/g, " ");
}
