// Toasts come with an answer (<hx-partial hx-target="#toasts" hx-swap="beforeend">), by the header HX-Trigger: {"look:toast": {...}},
// or from a script. The time stands still while one points at it or is in it, and while the tab is hidden.
import { all, make, on, one, words } from "./dom.js";
import { enliven } from "./hx.js";

const clocks = new Map();

function startClock(toast) {
  if (clocks.has(toast)) return;
  const clock = { left: Number(toast.dataset.seconds ?? 6) * 1000, since: 0, timer: 0 };
  clocks.set(toast, clock);
  toast.style.setProperty("--time", `${clock.left}ms`);
  for (const kind of ["pointerenter", "focusin"]) toast.addEventListener(kind, () => hold(toast));
  for (const kind of ["pointerleave", "focusout"]) toast.addEventListener(kind, () => run(toast));
  run(toast);
}

function run(toast) {
  const clock = clocks.get(toast);
  if (!clock || document.hidden) return;
  clearTimeout(clock.timer);
  clock.since = performance.now();
  clock.timer = setTimeout(() => dropToast(toast), clock.left);
  toast.classList.remove("is-held");
}

function hold(toast) {
  const clock = clocks.get(toast);
  if (!clock) return;
  clearTimeout(clock.timer);
  clock.left -= clock.since ? performance.now() - clock.since : 0;
  clock.since = 0;
  toast.classList.add("is-held");
}

function dropToast(toast) {
  clearTimeout(clocks.get(toast)?.timer);
  clocks.delete(toast);
  toast.remove();
}

export function showToast({ text, undo, undoUrl, seconds = 6, error = false }) {
  const toast = make("p", { class: error ? "toast is-error" : "toast", "data-toast": "", "data-seconds": seconds }, make("span", {}, text));
  if (undo || undoUrl) {
    const button = make("button", { type: "button", class: "link", "data-undo": "" }, `${words("undo")} `, make("kbd", {}, "Z"));
    if (undoUrl) {
      button.setAttribute("hx-post", undoUrl);
      button.setAttribute("hx-swap", "none");
    }
    if (undo) button.addEventListener("click", undo);
    toast.append(button);
  }
  toast.append(make("i", { class: "toast-time" }));
  one("#toasts")?.append(toast);
  enliven(toast);
}

const undoNewest = () => all("#toasts [data-undo]").at(-1)?.click();

on("look:toast", (event) => showToast(event.detail));
on("click", (event) => {
  const undo = event.target.closest("[data-undo]");
  const toast = undo?.closest("[data-toast]");
  // Out of sight at once, but left in the page until htmx has read the button.
  if (toast) {
    toast.hidden = true;
    setTimeout(() => dropToast(toast), 1000);
  }
});
on("look:key", (event) => {
  if (event.detail.key === "z" && one("#toasts [data-undo]")) {
    event.preventDefault();
    undoNewest();
  }
});
on("visibilitychange", () => all("[data-toast]").forEach(document.hidden ? hold : run));

const shelf = one("#toasts");
if (shelf) {
  all("[data-toast]", shelf).forEach(startClock);
  new MutationObserver(() => {
    all("[data-toast]", shelf).forEach(startClock);
    all("[data-toast]", shelf).slice(0, -3).forEach(dropToast);
  }).observe(shelf, { childList: true });
}
