// At the composer: typing is typedAt, a taken back text returns, the length is counted, messages are split off.
import { all, on, one, post, words } from "./dom.js";

const TELL_MS = 3000;
let typedAt = 0;

on("input", (event) => {
  const form = event.target.closest("form[data-composer]");
  if (!form || !event.target.matches("[data-editor]")) return;
  showLength(form);
  const url = one("#timeline")?.dataset.typingUrl;
  if (!url || !event.target.value || Date.now() - typedAt < TELL_MS) return;
  typedAt = Date.now();
  post(url, { kind: one("[name=kind]:checked", form)?.value ?? "reply" });
});

function showLength(form) {
  const place = one("[data-length]", form);
  const limit = Number(one("[name=channel]", form)?.selectedOptions[0]?.dataset.maxLength ?? 0);
  if (!place) return;
  const length = [...one("[data-editor]", form).value].length;
  place.textContent = limit && length > limit * 0.8 ? (length > limit ? words("tooLong", length - limit) : `${length}/${limit}`) : "";
  place.classList.toggle("is-over", Boolean(limit && length > limit));
}
on("change", (event) => { if (event.target.matches("[data-composer] [name=channel]")) showLength(event.target.form); });

on("desk:restore", ({ detail }) => {
  const form = one(`form[data-composer="${CSS.escape(detail.key)}"]`);
  const editor = form && one("[data-editor]", form);
  if (!editor || !detail.mine) return;
  one("[data-mode=reply]", form)?.click();
  editor.value = [detail.text, editor.value].filter(Boolean).join("\n\n");
  editor.focus();
  editor.dispatchEvent(new Event("input", { bubbles: true }));
});

on("click", (event) => {
  if (event.target.closest("[data-open-more]")) openMore();
  if (event.target.closest("[data-copy-link]")) copyLink();
  if (event.target.closest("[data-split]")) setSplitting(true);
  if (event.target.closest("[data-split-cancel]")) setSplitting(false);
  if (event.target.closest("[data-edit-open]")) openEdit(event.target.closest(".bubble"));
  if (event.target.closest("[data-edit-close]")) closeEdit(event.target.closest(".edit-message"));
});

function openEdit(bubble) {
  const form = one(".edit-message", bubble);
  if (!form) return;
  form.open = true;
  const text = one("textarea", form);
  text.focus();
  text.setSelectionRange(text.value.length, text.value.length);
  form.scrollIntoView({ block: "nearest" });
}

function closeEdit(form) {
  if (!form) return;
  one("form", form).reset();
  form.open = false;
  one(".message-menu > summary", form.closest(".bubble"))?.focus();
}

on("keydown", (event) => {
  const form = event.target.closest?.(".edit-message");
  if (!form) return;
  if (event.key === "Escape") closeEdit(form);
  else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) one("form", form).requestSubmit();
  else return;
  event.preventDefault();
  event.stopPropagation();
});
// What was taken is no longer being written: the fresh line takes the form's place.
on("look:sent", (event) => { if (event.target.matches?.("[data-edit-form]")) event.target.closest("details").open = false; });

function openMore() {
  const menu = one(".thread-acts .more-menu");
  if (!menu) return;
  menu.open = true;
  one("[role=menuitemcheckbox], [name=name]", menu)?.focus();
}

function copyLink() {
  navigator.clipboard?.writeText(`${location.origin}/c/${one("#timeline").dataset.conversation}/`)
    .then(() => document.dispatchEvent(new CustomEvent("look:toast", { detail: { text: words("copied"), seconds: 3 } })));
}

function setSplitting(isOn) {
  one("#thread").classList.toggle("is-splitting", isOn);
  one("#split-bar").hidden = !isOn;
  if (!isOn) all("#timeline [name=m]").forEach((box) => { box.checked = false; });
  countSplit();
}

function countSplit() {
  const place = one("[data-split-count]");
  if (place) place.textContent = String(all("#timeline [name=m]:checked").length);
}
on("change", (event) => { if (event.target.matches("#timeline [name=m]")) countSplit(); });
