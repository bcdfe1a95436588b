// The one script that knows htmx (4). Others hear `look:swapped`, `look:sent` and `look:failed`, and call these three.
import { make, on, tell, words } from "./dom.js";

export const enliven = (element) => window.htmx?.process(element);

export function request(verb, url, options = {}) {
  return window.htmx?.ajax(verb, url, { swap: "none", target: document.body, ...options });
}

// htmx begins in a task of its own, after the page has loaded: what is typed before that would be lost. A microtask runs when the
// other scripts here have listened, and before any key.
queueMicrotask(() => window.htmx?.initialize());

const sourceOf = (event) => event.detail?.ctx?.sourceElement ?? event.target;
const statusOf = (event) => event.detail?.ctx?.response?.status ?? 0;

on("htmx:after:swap", (event) => tell("look:swapped", { source: sourceOf(event), status: statusOf(event) }));

on("htmx:finally:request", (event) => {
  const source = sourceOf(event);
  const status = statusOf(event);
  tell(status >= 200 && status < 400 ? "look:sent" : "look:failed", { source, status }, source.isConnected ? source : document);
});

// 422 answers are forms with their errors and swap; other refusals would replace good content by an error page.
on("htmx:response:error", (event) => {
  const { ctx } = event.detail;
  if (ctx.response.status === 422) return;
  ctx.swap = "none";
  tell("look:toast", { text: words("failed"), error: true });
});

// A hair at the top, only for what takes long enough to be noticed.
let waiting = 0;
let hair = null;
const bar = make("div", { class: "loading", "aria-hidden": "true" });
on("htmx:before:request", () => {
  waiting += 1;
  hair ??= setTimeout(() => document.body.append(bar), 250);
});
on("htmx:finally:request", () => {
  waiting = Math.max(0, waiting - 1);
  if (waiting) return;
  clearTimeout(hair);
  hair = null;
  bar.remove();
});
