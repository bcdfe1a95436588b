// The window: its parts, what they say, and where the focus is.
import { icon, inkOn, make } from "./dom.js";
import { Files } from "./files.js";
import { Log } from "./log.js";

const MAIL = /^[^@\s<>"',;:\\()[\]]+@[^@\s<>"',;:\\()[\]]+\.[^@\s<>"',;:\\()[\].]{2,}$/;
const SMALL = matchMedia("(max-width: 480px)");
const WARN_AT = 200;

export class Panel {
  constructor({ talk, words, language, colour }) {
    this.talk = talk;
    this.words = words;
    this.colour = colour;
    this.isOpen = false;
    this.build(language);
    talk.isSeen = () => this.isOpen && !document.hidden;
    document.addEventListener("visibilitychange", () => { if (talk.isSeen()) talk.acknowledge(); });
  }

  build(language) {
    const { words, talk } = this;
    this.badge = make("span", { class: "badge", "aria-hidden": "true", hidden: true });
    this.launcher = make("button", { type: "button", class: "launcher", "aria-haspopup": "dialog", "aria-expanded": "false", click: () => this.open() },
      icon("M21 11.5a8.4 8.4 0 0 1-8.5 8.3 9 9 0 0 1-3.8-.8L3 21l1.9-5.1a8 8 0 0 1-.9-4.4 8.4 8.4 0 0 1 8.5-8.3 8.4 8.4 0 0 1 8.5 8.3z"), this.badge);
    this.title = make("h2", { class: "title" });
    this.who = make("p", { class: "who", id: "who" });
    this.log = new Log({ words, language, again: (id) => talk.again(id), earlier: () => talk.earlier(),
      edit: (message) => this.edit(message), change: (...given) => talk.change(...given), load: (...given) => talk.file(...given) });
    this.typing = make("div", { class: "typing", role: "status" });
    this.bar = make("div", { class: "bar", role: "status", hidden: true });
    this.editBar = make("div", { class: "bar edit", hidden: true }, words.editing, " ", make("button", { type: "button", class: "mail", click: () => this.edit(null) }, words.cancel));
    this.field = make("textarea", { id: "field", rows: "1", placeholder: words.hint, autocomplete: "off", "aria-describedby": "count",
      input: () => { this.grow(); this.count(); if (this.field.value.trim()) talk.writing(); },
      keydown: (event) => { if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); this.send(); } } });
    this.files = new Files({ words, change: (work) => { this.log.staying(work); this.count(); } });
    this.button = make("button", { type: "submit", class: "send", "aria-label": words.send }, icon("M22 2 11 13", "M22 2l-7 20-4-9-9-4z"));
    this.left = make("span", { id: "count", role: "status" });
    this.mail = make("button", { type: "button", class: "mail", click: () => this.askMail(true) }, words.mail);
    this.window = make("section", { class: "window", role: "dialog", "aria-describedby": "who", hidden: true },
      make("header", { class: "head" }, make("div", {}, this.title, this.who),
        make("button", { type: "button", class: "close", "aria-label": words.close, click: () => this.close() }, icon("M18 6 6 18", "M6 6l12 12"))),
      this.log.element, this.typing, this.bar, this.editBar, this.mailForm(), this.files.element,
      make("form", { class: "write", submit: (event) => { event.preventDefault(); this.send(); } },
        this.files.button, make("label", { class: "hidden", for: "field" }, words.field), this.field, this.button),
      make("div", { class: "foot" }, this.mail, this.left));
    this.window.addEventListener("keydown", (event) => this.key(event));
    this.files.listen(this.window);
    this.root = make("div", { class: "root" }, this.window, this.launcher);
  }

  mailForm() {
    const { words } = this;
    this.address = make("input", { id: "address", type: "email", autocomplete: "email", inputmode: "email", "aria-describedby": "wrong" });
    this.wrong = make("p", { class: "wrong", id: "wrong", role: "alert" });
    this.form = make("form", { class: "mailform", novalidate: true, hidden: true, submit: (event) => { event.preventDefault(); this.useMail(); } },
      make("label", { for: "address" }, words.mailField), make("div", {}, this.address, make("button", { type: "submit", class: "use" }, words.mailSend)), this.wrong,
      make("button", { type: "button", class: "mail", click: () => this.askMail(false) }, words.cancel));
    return this.form;
  }

  askMail(isAsked) {
    this.form.hidden = !isAsked;
    this.mail.hidden = isAsked;
    this.wrong.textContent = "";
    this.address.removeAttribute("aria-invalid");
    this.log.toEnd();
    (isAsked ? this.address : this.mail).focus();
  }

  useMail() {
    const mail = this.address.value.trim();
    if (!MAIL.test(mail)) {
      this.wrong.textContent = this.words.mailWrong;
      this.address.setAttribute("aria-invalid", "true");
      this.address.focus();
      return;
    }
    this.form.hidden = true;
    this.talk.say(this.words.mailText(mail), mail);
    this.field.focus();
  }

  get limit() { return this.talk.look?.max_length ?? 4000; }

  count() {
    const left = this.limit - this.field.value.length;
    this.left.textContent = left < 0 ? this.words.over(-left) : left < WARN_AT ? this.words.left(left) : this.talk.mail ? this.words.mailDone(this.talk.mail) : "";
    this.left.classList.toggle("over", left < 0);
    this.button.setAttribute("aria-disabled", String(!(this.field.value.trim() || this.files.chosen.length) || left < 0));
  }

  grow() {
    this.field.style.height = "42px";
    this.field.style.height = `${Math.min(this.field.scrollHeight + 2, 130)}px`;
  }

  send() {
    const text = this.field.value.trim();
    if (this.field.value.length > this.limit) return;
    const message = this.edited;
    if (message && !text) return;
    if (message) {
      this.edit(null);
      if (text !== message.text) this.talk.change("edit", message, { text });
      return;
    }
    this.field.value = "";
    this.grow();
    if (text) this.talk.say(text);
    this.files.take().reduce((before, file) => before.then(() => this.talk.sayFile(file)), Promise.resolve());
    this.field.focus();
  }

  // One's own message is in the field to be changed; what stood there waits meanwhile. Nothing: as it was before.
  edit(message) {
    if (message && !this.edited) this.waiting = this.field.value;
    this.field.value = message ? message.text : this.waiting ?? "";
    this.edited = message;
    this.editBar.hidden = !message;
    this.grow();
    this.count();
    this.field.focus();
  }

  open() {
    if (this.isOpen) return;
    this.before = document.activeElement;
    this.isOpen = true;
    this.window.hidden = false;
    this.launcher.hidden = true;
    this.launcher.setAttribute("aria-expanded", "true");
    this.root.classList.add("open");
    this.window.setAttribute("aria-modal", String(SMALL.matches));
    this.show();
    this.log.toEnd();
    this.field.focus();
    this.talk.begin().then((isReached) => { if (isReached && this.talk.token) this.talk.listen(); });
    this.talk.acknowledge();
  }

  close() {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.window.hidden = true;
    this.launcher.hidden = false;
    this.launcher.setAttribute("aria-expanded", "false");
    this.root.classList.remove("open");
    // Back to what opened it: the launcher, or what the page itself had in focus.
    const host = this.root.getRootNode().host;
    if (this.before && this.before !== host && this.before !== document.body && this.before.isConnected) this.before.focus();
    else this.launcher.focus();
    this.show();
  }

  key(event) {
    if (event.key === "Escape") {
      event.stopPropagation();
      if (!this.form.hidden) this.askMail(false);
      else if (this.edited) this.edit(null);
      else this.close();
    }
    // On a phone the window covers the page, so the focus stays inside.
    if (event.key !== "Tab" || !SMALL.matches) return;
    const stops = [...this.window.querySelectorAll("button, textarea, input, a, [tabindex]")].filter((e) => e.getClientRects().length);
    const here = this.root.getRootNode().activeElement;
    const [from, to] = event.shiftKey ? [stops[0], stops.at(-1)] : [stops.at(-1), stops[0]];
    if (here === from) {
      event.preventDefault();
      to.focus();
    }
  }

  // Everything that is said, from the state of the talk.
  show() {
    const { talk, words } = this;
    const look = talk.look ?? {};
    const colour = this.colour || look.colour;
    if (colour) {
      this.root.style.setProperty("--accent", colour);
      this.root.style.setProperty("--on-accent", inkOn(colour));
    }
    const unread = talk.unread();
    this.badge.hidden = !unread;
    this.badge.textContent = unread > 9 ? "9+" : String(unread);
    this.launcher.setAttribute("aria-label", unread ? `${words.open}, ${words.unread(unread)}` : words.open);
    if (!this.isOpen) return;
    this.title.textContent = look.name ?? "";
    this.window.setAttribute("aria-label", look.name ? words.with(look.name) : words.open);
    this.who.textContent = this.whoAnswers(look);
    this.log.show(talk.items(), { greeting: look.greeting ?? "", more: talk.more });
    this.typing.textContent = talk.typer ? words.typing(talk.typer.trim()) : "";
    const trouble = !talk.isOnline || (!talk.isReached && talk.isBegun) ? words.offline : talk.isReached ? "" : words.closed;
    this.bar.hidden = !trouble;
    if (this.bar.textContent !== trouble) this.bar.textContent = trouble;
    this.files.largest = look.max_file ?? 0;
    this.mail.hidden = !look.ask_mail || !this.form.hidden || Boolean(talk.mail);
    this.count();
  }

  whoAnswers({ names = [], minutes, present, hours }) {
    const { words } = this;
    if (present && names.length) {
      const who = words.both(names);
      return minutes ? words.usual(who, words.minutes(minutes)) : words.answer(who);
    }
    return present ? words.here : hours || words.away;
  }
}
