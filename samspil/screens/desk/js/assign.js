// The menu that gives a conversation away: one types at once, and Enter chooses the first that fits.
import { on, one } from "./dom.js";

const searchOf = (element) => element?.closest?.("[data-assign-search]");
let isWaiting = false; // Enter came before the answer to what was typed

function choose(search) {
  const found = one("#assign-found");
  isWaiting = one("[data-found-for]", found)?.dataset.foundFor !== search.value.trim();
  if (!isWaiting) one(".menu-item", found)?.click();
}

on("look:swapped", () => {
  const search = one("details[data-menu][open] [data-assign-search]");
  if (!search) return;
  if (isWaiting) choose(search);
  else if (document.activeElement?.matches("summary, body") && matchMedia("(pointer: fine)").matches) search.focus();
});
on("input", (event) => { if (searchOf(event.target)) isWaiting = false; });
on("keydown", (event) => {
  const search = searchOf(event.target);
  if (!search?.value.trim() || event.key !== "Enter" || event.isComposing) return;
  event.preventDefault();
  choose(search);
});
