// The list of what was said: each line is made once and changed in place, so that a screen reader reads only what is new.
import { icon, keep, linked, make } from "./dom.js";

const SIGNS = ["👍", "❤️", "😂", "🙏"];
const EDITABLE_MS = 15 * 60 * 1000;

export class Log {
  constructor({ words, language, again, earlier, edit, change, load }) {
    this.words = words;
    this.time = new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit" });
    this.date = new Intl.DateTimeFormat(language, { weekday: "long", day: "numeric", month: "long" });
    this.again = again;
    this.edit = edit;
    this.change = change;
    this.load = load;
    this.lines = new Map();
    this.list = make("ol");
    this.greeting = make("p", { class: "greeting", hidden: true });
    this.earlier = make("button", { type: "button", class: "earlier", hidden: true, click: earlier }, words.earlier);
    this.element = make("div", { class: "log", role: "log", "aria-live": "polite", "aria-label": words.log, tabindex: "0" }, this.earlier, this.greeting, this.list);
  }

  isAtEnd() {
    return this.element.scrollHeight - this.element.scrollTop - this.element.clientHeight < 60;
  }

  toEnd() {
    this.element.scrollTop = this.element.scrollHeight;
  }

  // Does what makes the list higher or lower; who was at its end stays there.
  staying(work) {
    const follow = this.isAtEnd();
    work();
    if (follow) this.toEnd();
  }

  show(items, { greeting, more }) {
    const follow = this.isAtEnd();
    this.earlier.hidden = !more;
    this.greeting.hidden = !greeting || more;
    if (this.greeting.textContent !== greeting) this.greeting.textContent = greeting;
    const wanted = [];
    let day = "";
    const lastRead = items.filter((m) => m.mark === "read").at(-1);
    const last = items.filter((m) => m.mine).at(-1);
    for (const item of items) {
      const today = new Date(item.at).toDateString();
      if (today !== day) wanted.push(this.day(today, item.at));
      day = today;
      wanted.push(this.line(item, item === lastRead || item === last || item.mark === "failed"));
    }
    for (const [place, element] of wanted.entries()) {
      if (this.list.children[place] !== element) this.list.insertBefore(element, this.list.children[place] ?? null);
    }
    while (this.list.children.length > wanted.length) this.list.lastElementChild.remove();
    if (follow || items.at(-1)?.key !== this.lastKey) this.toEnd();
    this.lastKey = items.at(-1)?.key;
  }

  clear() {
    this.lines.clear();
    this.list.replaceChildren();
  }

  day(key, at) {
    const now = new Date();
    const back = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
    const text = key === now.toDateString() ? this.words.today : key === back.toDateString() ? this.words.yesterday : this.date.format(new Date(at));
    let element = this.lines.get(key);
    if (!element) this.lines.set(key, element = make("li", { class: "day" }, text));
    return element;
  }

  line(item, showMark) {
    let line = this.lines.get(item.key);
    if (!line) {
      const when = new Date(item.at);
      const meta = make("div", { class: "meta" });
      if (item.mine) meta.append(make("span", { class: "hidden" }, `${this.words.me}: `));
      else meta.append(make("span", { class: "by" }, item.by || this.words.us));
      meta.append(make("time", { datetime: item.at }, this.time.format(when)), make("span", { class: "mark" }));
      line = make("li", { class: item.mine ? "mine" : "theirs" }, make("div", { class: "bubble" }), make("div", { class: "signs" }), meta);
      this.lines.set(item.key, line);
    }
    this.fill(line, item);
    this.mark(line, item, showMark);
    return line;
  }

  // The words as they are now, the signs, and what one can do; made again only when one of them is another.
  fill(line, item) {
    const { words } = this;
    const isNew = Date.now() - new Date(item.at).getTime() < EDITABLE_MS;
    const can = item.deleted || !item.server ? "" : item.mine ? (isNew ? "own" : "") : "theirs";
    const version = JSON.stringify([item.text, item.deleted, item.changed, item.signs, item.files, item.choices, can]);
    if (line.version === version) return;
    line.version = version;
    const [bubble, signs, meta] = line.children;
    bubble.replaceChildren(...(item.deleted ? [words.gone] : linked(item.text, words.newTab)));
    bubble.classList.toggle("gone", Boolean(item.deleted));
    for (const [number, file] of (item.files ?? []).entries()) bubble.append(this.file(item, file, number));
    const offered = item.choices ?? [];
    if (offered.length) bubble.append(this.offer(item, offered));
    signs.replaceChildren(...(item.signs ?? []).filter((s) => !(s.mine && offered.some(([sign]) => sign === s.sign))).map((s) => this.sign(item, s)));
    line.querySelector(".changed")?.remove();
    if (item.changed && !item.deleted) meta.append(make("span", { class: "changed" }, words.changed));
    const had = line.querySelector(".acts");
    const hadFocus = had?.contains(line.getRootNode().activeElement);
    had?.remove();
    if (!can) return;
    const acts = make("details", { class: "acts", keydown: (event) => { if (event.key === "Escape" && acts.open) { event.stopPropagation(); acts.open = false; acts.firstChild.focus(); } } },
      make("summary", { "aria-label": words.more, title: words.more }, "⋯"), ...this.choices(item, can));
    acts.addEventListener("click", (event) => { if (event.target.closest(".act")) acts.open = false; });
    meta.append(acts);
    if (hadFocus) acts.firstChild.focus();
  }

  choices(item, can) {
    const { words } = this;
    const button = (text, name, click) => make("button", { type: "button", class: name, click }, text);
    const takeBack = button(words.takeBack, "act", () => this.change("delete", item));
    if (can === "own") return item.text ? [button(words.edit, "act", () => this.edit(item)), takeBack] : [takeBack];
    return SIGNS.map((emoji) => make("button", { type: "button", class: "act", "aria-label": `${words.react} ${emoji}`, click: () => this.change("react", item, { emoji }) }, emoji));
  }

  // Answers to press; another press changes the answer, and the same takes it back.
  offer(item, offered) {
    const chosen = (item.signs ?? []).filter((s) => s.mine && offered.some(([sign]) => sign === s.sign)).map((s) => s.sign);
    const press = (emoji) => {
      for (const sign of chosen) this.change("react", item, { emoji: sign, removed: true });
      if (!chosen.includes(emoji)) this.change("react", item, { emoji });
    };
    return make("span", { class: "choices", role: "group", "aria-label": this.words.choices }, ...offered.map(([sign, label]) =>
      make("button", { type: "button", class: "choice", title: label, "aria-label": label, "aria-pressed": String(chosen.includes(sign)), click: () => press(sign) }, sign)));
  }

  // Theirs can be kept; one's own is only named.
  file(item, { name, size }, number) {
    const { words } = this;
    const parts = [icon("M21 11 12 20a6 6 0 0 1-8-8l9-9a4 4 0 0 1 6 6l-9 9a2 2 0 0 1-3-3l8-8"), make("span", { class: "name" }, name), make("span", { class: "size" }, words.size(size))];
    if (item.mine) return make("span", { class: "file" }, make("span", { class: "hidden" }, `${words.attached} `), ...parts);
    const button = make("button", { type: "button", class: "file", "aria-label": words.keep(name, words.size(size)), click: async () => {
      if (button.getAttribute("aria-busy")) return;
      button.setAttribute("aria-busy", "true");
      const bytes = await this.load(item.sent, number).catch(() => null);
      button.removeAttribute("aria-busy");
      button.querySelector(".size").textContent = bytes ? words.size(size) : words.notLoaded;
      if (bytes) keep(bytes, name);
    } }, ...parts);
    return button;
  }

  sign(item, { sign, mine }) {
    if (!mine) return make("span", { class: "sign" }, sign);
    return make("button", { type: "button", class: "sign", "aria-label": `${sign}, ${this.words.unreact}`, click: () => this.change("react", item, { emoji: sign, removed: true }) }, sign);
  }

  mark(line, { key, mark, lost }, showMark) {
    const state = showMark || mark === "waiting" || mark === "sending" ? mark : "";
    if (line.dataset.mark === state) return;
    line.dataset.mark = state;
    const place = line.querySelector(".mark");
    if (state === "failed") place.replaceChildren(make("button", { type: "button", class: "failed", click: () => this.again(key) }, lost ? this.words.lost : this.words.failed));
    else place.textContent = state ? this.words[state] : "";
  }
}
