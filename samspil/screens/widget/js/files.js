// Files that are to go along: chosen, dropped on the window or pasted, and shown until they are sent.
import { icon, make } from "./dom.js";

const MOST = 10;

export class Files {
  constructor({ words, change }) {
    this.words = words;
    this.change = change;
    this.chosen = [];
    this.input = make("input", { type: "file", multiple: true, hidden: true, tabindex: "-1", "aria-label": words.attach, change: () => { this.add(this.input.files); this.input.value = ""; } });
    this.button = make("button", { type: "button", class: "attach", "aria-label": words.attach, title: words.attach, hidden: true, click: () => this.input.click() },
      icon("M21 11 12 20a6 6 0 0 1-8-8l9-9a4 4 0 0 1 6 6l-9 9a2 2 0 0 1-3-3l8-8"));
    this.list = make("ul", { "aria-label": words.waitingFiles });
    this.wrong = make("p", { class: "wrong", role: "alert" });
    this.element = make("div", { class: "files", hidden: true }, this.input, this.list, this.wrong);
  }

  // Bytes of one file; 0 where none are taken.
  set largest(bytes) {
    this.limit = bytes;
    this.button.hidden = !bytes;
  }

  listen(place) {
    place.addEventListener("paste", (event) => { if (event.clipboardData?.files.length && this.limit) { event.preventDefault(); this.add(event.clipboardData.files); } });
    place.addEventListener("dragover", (event) => { if (this.limit && event.dataTransfer?.types.includes("Files")) event.preventDefault(); });
    place.addEventListener("drop", (event) => { if (this.limit && event.dataTransfer?.files.length) { event.preventDefault(); this.add(event.dataTransfer.files); } });
  }

  add(files) {
    const { words, limit } = this;
    const wrong = [];
    for (const file of files) {
      if (file.size > limit) wrong.push(words.tooLarge(file.name, words.size(limit)));
      else if (!file.size) wrong.push(words.empty(file.name));
      else if (this.chosen.length < MOST) this.chosen.push(file);
    }
    this.show(wrong.join(" "));
  }

  // What was chosen; nothing is chosen after.
  take() {
    const chosen = this.chosen;
    this.chosen = [];
    this.show();
    return chosen;
  }

  show(wrong = "") {
    const { words } = this;
    this.change(() => {
      this.list.replaceChildren(...this.chosen.map((file) => make("li", {}, make("span", { class: "name" }, file.name), make("span", { class: "size" }, words.size(file.size)),
        make("button", { type: "button", class: "remove", "aria-label": words.remove(file.name), click: () => this.remove(file) }, icon("M18 6 6 18", "M6 6l12 12")))));
      this.wrong.textContent = wrong;
      this.element.hidden = !this.chosen.length && !wrong;
    });
  }

  remove(file) {
    const place = this.chosen.indexOf(file);
    this.chosen.splice(place, 1);
    this.show();
    (this.list.querySelectorAll(".remove")[Math.min(place, this.chosen.length - 1)] ?? this.button).focus();
  }
}
