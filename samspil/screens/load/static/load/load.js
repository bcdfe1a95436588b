// The page of now is asked for anew when something changed, at most once in a few seconds, and each minute, for waiting goes on.
(() => {
"use strict";
const place = document.querySelector("#load-now");
if (!place) return;
const APART_MS = 4000;
const STALE_MS = 60000;
let last = Date.now();
let due = 0;

function refresh() {
  due = 0;
  if (document.visibilityState !== "visible") return;
  last = Date.now();
  place.dispatchEvent(new CustomEvent("refresh"));
}

function soon() {
  if (!due) due = setTimeout(refresh, Math.max(300, APART_MS - (Date.now() - last)));
}

for (const kind of ["changed", "reset", "online"]) document.addEventListener(`live:${kind}`, soon);
document.addEventListener("visibilitychange", soon);
setInterval(() => { if (Date.now() - last > STALE_MS) soon(); }, 10000);
})();
