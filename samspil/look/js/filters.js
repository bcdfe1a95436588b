// <form data-autosubmit> is sent when a choice in it changes. <input data-narrow="#menu"> hides the [data-narrow-item] without its words.
import { all, on, one } from "./dom.js";

on("change", (event) => {
  const form = event.target.closest("form[data-autosubmit]");
  if (form && event.target.matches("select, [type=checkbox], [type=radio], [type=date]")) form.requestSubmit();
});

on("input", (event) => {
  const { narrow } = event.target.dataset;
  if (!narrow) return;
  const typed = event.target.value.trim().toLowerCase();
  for (const item of all("[data-narrow-item]", one(narrow))) item.hidden = !item.textContent.toLowerCase().includes(typed);
});
