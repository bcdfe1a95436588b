// <div data-scroll-end="KEY"> opens at its end, stays there while new things arrive, and leaves alone whoever has scrolled up to read.
import { all, on, one } from "./dom.js";

const NEAR = 260;
const shownKeys = new WeakMap();
const gapOf = (log) => log.scrollHeight - log.scrollTop - log.clientHeight;

function toEnd(log, smooth = false) {
  log.scrollTo({ top: log.scrollHeight, behavior: smooth ? "smooth" : "instant" });
}

function settleLogs() {
  for (const log of all("[data-scroll-end]")) {
    const isNew = shownKeys.get(log) !== log.dataset.scrollEnd;
    shownKeys.set(log, log.dataset.scrollEnd);
    const target = isNew && (one(":target", log) ?? one("[data-scroll-here]", log));
    if (target) target.scrollIntoView({ block: "start" });
    else if (isNew) toEnd(log);
    else if (gapOf(log) < NEAR) toEnd(log, true);
  }
}

on("look:swapped", settleLogs);
settleLogs();
