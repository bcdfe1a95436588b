// Answers that wait for a yes: their count in the menu, the page of those that wait for one's own, and the one that an address names.
import { enliven, on, one, together } from "./dom.js";
import { showCounts } from "./counts.js";

const refreshYes = together(400, async () => {
  const answer = await fetch("/desk/yes/count", { headers: { Accept: "application/json" } }).catch(() => null);
  if (answer?.ok) showCounts(await answer.json());
  const here = one("[data-approvals]");
  const list = here && await fetch(here.dataset.url, { headers: { "HX-Request": "true" }, cache: "no-store" }).catch(() => null);
  if (!here || !list?.ok) return;
  const body = new DOMParser().parseFromString(await list.text(), "text/html").body;
  here.replaceChildren(...body.childNodes);
  enliven(here);
});

on("live:changed", ({ detail }) => { if ((detail.kind ?? "").startsWith("reply.approval_")) refreshYes(["live"]); });
on("desk:yes", () => refreshYes(["own"]));

// A form of which the summary is the way in: its field is where one writes.
on("toggle", ({ target }) => {
  if (!target.matches?.("details.yes-form[open]")) return;
  one("textarea", target)?.focus({ preventScroll: true });
  target.scrollIntoView({ block: "nearest" });
}, { capture: true });

function showAnswer() {
  const named = /^#[re]-[\da-f-]+$/.test(location.hash) && one(location.hash);
  if (named && one(".yes", named)) named.scrollIntoView({ block: "center" });
}
addEventListener("load", () => setTimeout(showAnswer, 80));
addEventListener("hashchange", showAnswer);
