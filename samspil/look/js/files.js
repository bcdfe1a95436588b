// Files of a composer wait in its own <input type="file" data-files multiple>, and travel with the form.
import { make, on, one, tell, words } from "./dom.js";

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

function showFiles(form, picker) {
  const chips = [...picker.files].map((file, place) => {
    const remove = make("button", { type: "button", class: "icon-btn", "aria-label": `${words("remove")}: ${file.name}`, "data-file-remove": place }, "×");
    return make("span", { class: "file" }, make("span", {}, file.name, make("small", {}, readable(file.size))), remove);
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
