(()=>{"use strict";
(() => {
if (window.samspilLists) return;
window.samspilLists = true;
const one = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const on = (kind, handler) => document.addEventListener(kind, handler);
const lists = () => one("#lists");
const knowing = () => one("#knowing");
const later = new Map();
function soon(key, run) {
clearTimeout(later.get(key));
later.set(key, setTimeout(() => { later.delete(key); run(); }, 250));
}
async function refresh(place, url) {
const answer = place && await fetch(url, { headers: { "HX-Request": "true" }, cache: "no-store" }).catch(() => null);
if (!answer?.ok || !place.isConnected) return;
const text = await answer.text();
if (isBusy(place) || bare(text) === place.dataset.had) return;
const body = new DOMParser().parseFromString(text, "text/html").body;
const held = place.contains(document.activeElement) ? document.activeElement.id : "";
place.replaceChildren(...body.childNodes);
place.dataset.had = bare(text);
window.htmx?.process(place);
fold(place);
if (held) document.getElementById(held)?.focus({ preventScroll: true });
}
const isNarrow = matchMedia("(max-width: 720px)");
function fold(place) {
const panel = one("[data-lists-panel]", place);
if (!panel) return;
if (place.dataset.folds) panel.open = place.dataset.folds === "open";
else if (isNarrow.matches) panel.open = false;
}
on("click", ({ target }) => {
const panel = target.closest("[data-lists-panel] > summary")?.parentElement;
if (panel) panel.parentElement.dataset.folds = panel.open ? "folded" : "open";
});
on("look:swapped", () => lists() && fold(lists()));
const bare = (text) => text.replace(/name="ident" value="[^"]*"|"ident":"[^"]*"/g, "");
const isBusy = (place) => all("input[name=text]", place).some((field) => field.value);
const refreshLists = () => soon("lists", () => lists() && refresh(lists(), lists().dataset.lists));
const refreshKnowing = () => soon("knowing", () => {
const place = knowing();
if (place && !one(".is-again", place)) refresh(place, place.dataset.knowing);
});
on("lists:fresh", refreshLists);
on("live:changed", ({ detail }) => {
const kind = detail.kind ?? "";
const place = lists();
if (!place || detail.conversation !== place.dataset.of) return;
if (kind.startsWith("checklist.") || kind === "conversation.conversation_changed") refreshLists();
if (kind.startsWith("handover.") || kind.startsWith("checklist.")) refreshKnowing();
});
on("live:reset", () => { refreshLists(); refreshKnowing(); });
on("desk:finish", ({ detail }) => {
const dialog = one("#finish");
if (!dialog) return;
if (!dialog.open) dialog.showModal();
window.htmx?.ajax("GET", detail.url, { target: "#finish-body", swap: "innerHTML" });
});
on("look:sent", ({ target }) => {
if (target.matches?.("[data-finish], [data-lists-own]")) target.closest("dialog")?.close();
});
on("click", (event) => {
const link = event.target.closest("[data-knowing-to]");
const found = link && document.getElementById(link.dataset.knowingTo);
if (found) {
event.preventDefault();
const folded = one("details.aside, [data-lists-panel]", found);
if (folded) folded.open = true;
found.scrollIntoView({ block: "center", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
found.classList.add("is-pointed");
setTimeout(() => found.classList.remove("is-pointed"), 1600);
}
const shut = event.target.closest("[data-knowing-close]");
if (shut) {
shut.closest("[data-knowing-card]").remove();
refreshKnowing();
}
steps(event);
});
function steps(event) {
const button = event.target.closest("[data-step-add], [data-step-up], [data-step-down], [data-step-remove]");
if (!button) return;
if ("stepAdd" in button.dataset) return void addStep(button.closest("fieldset"));
const row = button.closest("[data-step]");
if ("stepUp" in button.dataset) row.previousElementSibling?.before(row);
if ("stepDown" in button.dataset) row.nextElementSibling?.after(row);
if ("stepRemove" in button.dataset) {
const next = row.nextElementSibling ?? row.previousElementSibling;
row.remove();
if (next) one("[name=text]", next).focus();
else addStep(one(".step-edit"));
return;
}
button.focus();
}
function addStep(within) {
const made = one("[data-step-blank]", within).content.firstElementChild.cloneNode(true);
one("[data-steps]", within).append(made);
one("[name=text]", made).focus();
}
on("keydown", (event) => {
if (event.key !== "Enter") return;
if (event.target.matches?.("#assign-word")) return void event.preventDefault();
if (!event.target.matches?.(".step-row [name=text]")) return;
event.preventDefault();
addStep(event.target.closest("fieldset"));
});
on("change", ({ target }) => {
const form = target.closest?.("[data-handing]");
if (!form) return;
const rows = all("[name=c]", form);
if (target.matches("[data-all]")) for (const row of rows) row.checked = target.checked;
const chosen = rows.filter((row) => row.checked).length;
const every = one("[data-all]", form);
every.checked = chosen === rows.length;
every.indeterminate = chosen > 0 && chosen < rows.length;
if (target.name !== "word") one("#handing-preview", form).replaceChildren();
});
})();
})();
