// <form data-composer="KEY"> with <textarea data-editor>. The server's draft is the truth; what stands in localStorage is the safety net.
import { all, on, one, store, tell, words } from "./dom.js";
import { addFiles } from "./files.js";

const keyOfDraft = (form) => `draft:${form.dataset.composer}`;
export const editorOf = (form) => one("[data-editor]", form);

export function fit(editor) {
  editor.style.blockSize = "auto";
  editor.style.blockSize = `${editor.scrollHeight}px`;
  editor.form?.classList.toggle("has-text", editor.value.trim() !== "");
}

function setMode(form) {
  const isNote = one("[data-mode=note]", form)?.checked ?? false;
  form.classList.toggle("is-note", isNote);
  const editor = editorOf(form);
  const said = isNote ? editor.dataset.placeholderNote : editor.dataset.placeholderReply;
  if (said) editor.placeholder = said;
}

function settleComposer(form) {
  const editor = editorOf(form);
  if (!editor) return;
  setMode(form);
  fit(editor);
  if (form.dataset.ready === form.dataset.composer) return;
  form.dataset.ready = form.dataset.composer;
  const kept = store.get(keyOfDraft(form));
  if (kept && !editor.value) {
    editor.value = kept;
    fit(editor);
    const place = one("[data-draft-state]", form);
    if (place) place.textContent = words("draftRestored");
  }
}

function emptyComposer(form) {
  const editor = editorOf(form);
  editor.value = "";
  store.drop(keyOfDraft(form));
  const picker = one("[data-files]", form);
  if (picker) picker.value = "";
  one("[data-file-list]", form)?.replaceChildren();
  fit(editor);
  tell("look:emptied", {}, form);
}

on("input", (event) => {
  const form = event.target.closest("[data-composer]");
  if (!form || !event.target.matches("[data-editor]")) return;
  fit(event.target);
  if (event.target.value) store.set(keyOfDraft(form), event.target.value);
  else store.drop(keyOfDraft(form));
});

on("keydown", (event) => {
  const form = event.target.closest?.("[data-composer]");
  if (form && (event.ctrlKey || event.metaKey) && event.key === "Enter") {
    event.preventDefault();
    form.requestSubmit(one("[data-send]", form) ?? undefined);
  }
});

on("click", (event) => {
  const mode = event.target.closest("[data-composer] [data-mode]");
  if (!mode) return;
  setMode(mode.form);
  // A key of keys.js presses the radio from a script: then one wants to write. Who walks with the arrows stays among the radios.
  if (!event.isTrusted) editorOf(mode.form).focus();
});

// An empty text with no file is nothing to send.
on("submit", (event) => {
  const form = event.target.closest?.("[data-composer]");
  if (form && !editorOf(form).value.trim() && !one("[data-file-list]", form)?.children.length) {
    event.preventDefault();
    event.stopImmediatePropagation();
    editorOf(form).focus();
  }
}, { capture: true });

on("look:sent", (event) => {
  const { source } = event.detail;
  if (source.matches?.("form[data-composer]")) emptyComposer(source);
});

on("change", (event) => {
  if (event.target.matches("[data-composer] [data-files]")) addFiles(event.target.form, []);
});
on("paste", (event) => {
  const form = event.target.closest?.("[data-composer]");
  if (form && event.clipboardData?.files.length) {
    event.preventDefault();
    addFiles(form, event.clipboardData.files);
  }
});
for (const kind of ["dragover", "dragleave", "drop"]) {
  on(kind, (event) => {
    const form = event.target.closest?.("[data-composer]") ?? one("[data-composer]", event.target.closest?.("[data-drop-files]") ?? document.createElement("i"));
    if (!form || !event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    form.classList.toggle("is-dropping", kind === "dragover");
    if (kind === "drop") addFiles(form, event.dataTransfer.files);
  });
}

const settleComposers = () => all("[data-composer]").forEach(settleComposer);
on("look:swapped", settleComposers);
settleComposers();
