// Templates: opened beside the composer for the way that is chosen there; what is filled in is seen in the text at once.
import { on, one } from "./dom.js";

on("click", (event) => {
  const open = event.target.closest("[data-template-open]");
  const place = open && one(".templates");
  if (place) {
    const way = one("[name=channel]", open.form)?.value ?? "";
    window.htmx?.ajax("GET", `${place.dataset.templatesUrl}?channel=${encodeURIComponent(way)}`, { target: place, swap: "innerHTML" })
      .then(() => one("select", place)?.focus());
  }
  const close = event.target.closest("[data-template-close]");
  if (close) {
    close.closest(".templates").replaceChildren();
    one("[data-editor]")?.focus();
  }
});

on("input", ({ target }) => {
  const name = target.dataset?.fills;
  if (!name) return;
  for (const mark of target.form.querySelectorAll("[data-place]")) {
    if (mark.dataset.place === name) mark.textContent = target.value || name;
  }
});

on("keydown", (event) => {
  const form = event.target.closest?.(".template-form");
  if (!form || event.key !== "Escape") return;
  event.preventDefault();
  event.stopPropagation();
  one("[data-template-close]", form)?.click();
});

// Another way: its templates, where it takes nothing else; none of another's.
on("change", (event) => {
  if (!event.target.matches("[data-composer] [name=channel]")) return;
  one(".templates")?.replaceChildren();
  if (event.target.selectedOptions[0]?.matches("[data-only-templates]")) one("[data-template-open]", event.target.form)?.click();
});
