// The list of what was said: each line is made once and changed in place, so that a screen reader reads only what is new.
import { linked, make } from "./dom.js";

export class Log {
  constructor({ words, language, again, earlier }) {
    this.words = words;
    this.time = new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit" });
    this.date = new Intl.DateTimeFormat(language, { weekday: "long", day: "numeric", month: "long" });
    this.again = again;
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
      const bubble = make("div", { class: "bubble" }, ...linked(item.text, this.words.newTab));
      for (const file of item.files ?? []) bubble.append(make("span", { class: "file" }, this.words.file(file.name)));
      line = make("li", { class: item.mine ? "mine" : "theirs" }, bubble, meta);
      this.lines.set(item.key, line);
    }
    this.mark(line, item, showMark);
    return line;
  }

  mark(line, { key, mark }, showMark) {
    const state = showMark || mark === "waiting" || mark === "sending" ? mark : "";
    if (line.dataset.mark === state) return;
    line.dataset.mark = state;
    const place = line.querySelector(".mark");
    if (state === "failed") place.replaceChildren(make("button", { type: "button", class: "failed", click: () => this.again(key) }, this.words.failed));
    else place.textContent = state ? this.words[state] : "";
  }
}
