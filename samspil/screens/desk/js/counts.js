// Counts in the menu, at the bell and in the title.
import { all, on, one } from "./dom.js";

let mine = Number(one(".nav [data-count=mine]")?.textContent ?? 0);

export function showCounts(counts) {
  for (const [name, count] of Object.entries(counts)) {
    for (const place of all(`[data-count="${CSS.escape(name)}"]`)) {
      place.textContent = String(count);
      if (place.hasAttribute("data-hide-zero")) place.hidden = !count;
    }
  }
  if (typeof counts.mine === "number") mine = counts.mine;
  showTitle();
}

function showTitle() {
  const bare = document.title.replace(/^\(\d+\+?\) /, "");
  document.title = mine ? `(${mine}) ${bare}` : bare;
}

on("look:swapped", showTitle);
showTitle();
