// Files of a composer wait in its own <input type="file" data-files multiple>, and travel with the form.
import { all, make, on, one, tell, words } from "./dom.js";

const readable = (bytes) => {
  const [size, unit] = bytes < 1e6 ? [bytes / 1e3, "kB"] : [bytes / 1e6, "MB"];
  return `${size.toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 })} ${unit}`;
};

function setFiles(picker, files) {
  const held = new DataTransfer();
  files.forEach((file) => held.items.add(file));
  picker.files = held.files;
}

export function addFiles(form, added) {
  const picker = one("[data-files]", form);
  if (!picker) return;
  const limit = Number(picker.dataset.maxBytes ?? Infinity);
  const fitting = [...added].filter((file) => file.size <= limit);
  if (fitting.length < added.length) tell("look:toast", { text: words("tooLarge"), error: true });
  setFiles(picker, [...picker.files, ...fitting]);
  showFiles(form, picker);
}

// One field for each file, in their order; only a picture's is seen. What was written stays with its file when another goes.
const keyOfFile = (file) => `${file.name}/${file.size}/${file.lastModified}`;

function wordsFor(file, written) {
  if (!file.type.startsWith("image/")) return make("input", { type: "hidden", name: "alt" });
  const key = keyOfFile(file);
  const said = words("describeNamed").replace("{name}", file.name);
  const field = make("input", { type: "text", name: "alt", class: "alt-text is-reply-only", maxlength: 1500, autocomplete: "off", placeholder: words("describe"), "aria-label": said, "data-alt": key });
  field.value = written.get(key) ?? "";
  return field;
}

function showFiles(form, picker) {
  const written = new Map(all("[data-file-list] [data-alt]", form).map((field) => [field.dataset.alt, field.value]));
  const chips = [...picker.files].map((file, place) => {
    const remove = make("button", { type: "button", class: "icon-btn", "aria-label": `${words("remove")}: ${file.name}`, "data-file-remove": place }, "×");
    const kind = file.type.startsWith("image/") ? "file is-picture" : "file";
    return make("span", { class: kind }, make("span", {}, file.name, make("small", {}, readable(file.size))), remove, wordsFor(file, written));
  });
  one("[data-file-list]", form)?.replaceChildren(...chips);
  form.classList.toggle("has-text", chips.length > 0 || one("[data-editor]", form).value.trim() !== "");
}

on("click", (event) => {
  const remove = event.target.closest("[data-file-remove]");
  if (!remove) return;
  const form = remove.closest("[data-composer]");
  const picker = one("[data-files]", form);
  setFiles(picker, [...picker.files].filter((_, place) => place !== Number(remove.dataset.fileRemove)));
  showFiles(form, picker);
});

// Enter there is not meant to send the answer.
on("keydown", (event) => {
  if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.isComposing || !event.target.matches?.("[data-composer] [data-alt]")) return;
  event.preventDefault();
  one("[data-editor]", event.target.form).focus();
});
