// The few things every part of the desk needs. All parts share one scope once built.
export const one = (selector, within = document) => within.querySelector(selector);
export const all = (selector, within = document) => [...within.querySelectorAll(selector)];
export const on = (kind, handler, options) => document.addEventListener(kind, handler, options);
export const tell = (kind, detail = {}) => document.dispatchEvent(new CustomEvent(kind, { detail, bubbles: true, cancelable: true }));
export const desk = one("#desk");
export const me = desk?.dataset.me ?? "";
export const words = (key, name) => (desk?.dataset[key] ?? "").replace("%s", name);
export const isVisible = () => document.visibilityState === "visible";

const inherited = () => {
  try { return JSON.parse(document.body.getAttribute("hx-headers:inherited") ?? "{}"); } catch { return {}; }
};

export function post(url, values = {}, { keepalive = false } = {}) {
  return fetch(url, { method: "POST", headers: { ...inherited(), Accept: "application/json" }, body: new URLSearchParams(values), keepalive }).catch(() => null);
}

export async function part(url) {
  const answer = await fetch(url, { headers: { "HX-Request": "true" }, cache: "no-store" }).catch(() => null);
  if (!answer?.ok) return null;
  return new DOMParser().parseFromString(await answer.text(), "text/html").body;
}

export function enliven(element) {
  window.htmx?.process(element);
  return element;
}

// The first call runs at once, what comes within the pause runs together after it: a burst costs one request, one event no waiting.
// The promise is kept when what the call began is done; at once when it began nothing.
export function together(pause, run) {
  const waiting = new Set();
  let timer = 0;
  let isBusy = false;
  const go = async () => {
    if (isBusy || timer || !waiting.size) return;
    const items = [...waiting];
    waiting.clear();
    isBusy = true;
    timer = setTimeout(() => { timer = 0; go(); }, pause);
    await run(items);
    isBusy = false;
    go();
  };
  return (items) => {
    for (const item of items) waiting.add(item);
    return go();
  };
}
