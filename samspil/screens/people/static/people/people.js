// The page of one consumer: it asks for itself anew when something about the person changed, but never while one is writing in it.
(() => {
  "use strict";
  const WAIT_MS = 350;
  const AGAIN_MS = 1500;
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const person = () => one("#person");
  let timer = 0;

  // What a refresh would close or wipe out. A note half written is kept by the morph, so it does not hold it up unless it has focus.
  const isBusy = () =>
    Boolean(one("dialog[open], #person details.edit[open], #person details.menu[open], #adding form")) ||
    Boolean(document.activeElement?.matches?.("#person :is(textarea, input:not([type=radio]), select)") && document.activeElement.value);

  function refresh() {
    clearTimeout(timer);
    if (!person()) return;
    if (isBusy()) {
      timer = setTimeout(refresh, AGAIN_MS);
      return;
    }
    const narrow = one("#narrow");
    const asked = narrow ? new URLSearchParams([...new FormData(narrow)].filter(([, value]) => value)) : "";
    window.htmx.ajax("GET", `${person().dataset.href}?${asked}`, { target: "#person", swap: "outerMorph" });
  }

  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(refresh, WAIT_MS);
  };

  // What one opened while the answer was on its way stays open too.
  document.addEventListener("htmx:before:swap", (event) => {
    if (event.detail?.ctx?.target !== person() || !isBusy()) return;
    event.preventDefault();
    clearTimeout(timer);
    timer = setTimeout(refresh, AGAIN_MS);
  });

  document.addEventListener("live:changed", ({ detail }) => {
    const watched = (person()?.dataset.watched ?? "").split(" ");
    const told = JSON.stringify(detail ?? {});
    if (watched.some((id) => id && told.includes(id))) soon();
  });
  document.addEventListener("live:reset", soon);
  document.addEventListener("people:changed", () => { clearTimeout(timer); timer = setTimeout(refresh, 0); });

  document.addEventListener("people:moved", ({ detail }) => {
    const box = one("#moved");
    if (!box || !detail?.href) return;
    one("a", box).setAttribute("href", detail.href);
    box.hidden = false;
  });

  // A form that has done its work is emptied and folded; the focus goes back to what opened it.
  function fold(form) {
    const details = form.closest("details.edit");
    if (details) {
      details.open = false;
      one("summary", details)?.focus();
    } else if (form.closest("#adding")) {
      form.remove();
      one('#details summary[data-key="d"]')?.focus();
    } else if (form.contains(document.activeElement)) {
      document.activeElement.blur();
    }
  }

  document.addEventListener("look:sent", ({ detail, target }) => {
    const source = detail?.source ?? target;
    const form = source?.closest?.("form[data-person-form]");
    if (!form) return;
    form.reset();
    fold(form);
  });

  document.addEventListener("click", (event) => {
    const folding = event.target.closest("[data-fold]");
    if (folding) {
      folding.closest("form").reset();
      fold(folding.closest("form"));
    }
  });

  document.addEventListener("keydown", (event) => {
    const editing = event.target.closest?.("#person details.edit[open] form, #adding form");
    if (event.key === "Escape" && editing) {
      event.preventDefault();
      event.stopPropagation();
      fold(editing);
    }
  }, true);

  document.addEventListener("toggle", (event) => {
    if (!event.target.matches?.("details.edit[open]")) return;
    const field = one("textarea, input:not([type=hidden]), select", event.target);
    field?.focus();
    if (field?.matches("[type=text]")) field.select();
    if (field?.matches("textarea")) field.setSelectionRange(field.value.length, field.value.length);
  }, true);

  document.addEventListener("look:swapped", () => one("#adding [autofocus]")?.focus());

  // Too large a file is told before it travels.
  document.addEventListener("change", (event) => {
    const limit = Number(event.target.dataset?.limit ?? 0);
    if (!limit) return;
    const isTooLarge = [...event.target.files].some((file) => file.size > limit);
    event.target.setCustomValidity(isTooLarge ? one("#texts")?.dataset.tooLarge ?? "!" : "");
    if (isTooLarge) event.target.reportValidity();
  });
})();
