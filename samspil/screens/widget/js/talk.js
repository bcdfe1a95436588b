// The conversation itself, without a pixel: what was said, what waits to be sent, who has read. Tells `changed` after each change.
import { Store, dropFile, fileOf, keepFile, newId } from "./store.js";
import { Wire } from "./wire.js";

const PAUSES = [1000, 2000, 5000, 10000, 20000, 30000];
const RETRY = new Set([0, 408, 425, 429, 500, 502, 503, 504]);
const TYPING_MS = 6000;
const TYPING_EVERY_MS = 3000;

export class Talk {
  constructor({ base, account, language, identity, changed }) {
    this.store = new Store(account);
    this.wire = new Wire(base, account);
    this.language = language;
    this.identity = identity;
    this.changed = changed;
    this.said = new Map();
    this.read = "";
    this.more = false;
    this.look = this.store.read().look ?? null;
    this.isOnline = navigator.onLine !== false;
    this.isReached = true;
    this.typer = "";
    this.acknowledged = new Set();
    this.tries = 0;
    this.isSending = false;
    this.isSeen = () => false;
    this.tabs = "BroadcastChannel" in self ? new BroadcastChannel(this.store.key) : null;
    this.tabs?.addEventListener("message", () => { if (document.hidden) this.pause(); });
    this.store.onChange(() => this.changed());
    addEventListener("online", () => this.wake());
    addEventListener("offline", () => { this.isOnline = false; this.changed(); });
    document.addEventListener("visibilitychange", () => { if (!document.hidden && this.isBegun) this.wake(); });
  }

  get token() { return this.store.read().token ?? ""; }
  get outbox() { return this.store.read().outbox; }
  get mail() { return this.store.read().mail ?? ""; }
  get isBegun() { return Boolean(this.token); }

  // A session: the token, and how the window looks. Only one request at a time.
  begin() {
    this.beginning ??= this.session().finally(() => { this.beginning = null; });
    return this.beginning;
  }

  async session() {
    try {
      const { token, ...look } = await this.wire.session({ token: this.token, language: this.language, identity: this.identity });
      this.look = look;
      this.isReached = true;
      this.store.change((kept) => { kept.token = token; kept.look = look; });
    } catch (error) {
      this.isReached = false;
      this.isRefused = error.message === "403";
    }
    this.changed();
    return this.isReached;
  }

  wake() {
    this.isOnline = true;
    this.tries = 0;
    this.changed();
    this.listen();
    this.flush();
  }

  pause() {
    this.stop?.abort();
    this.stop = null;
  }

  // One stream in the tab that is looked at; a hidden tab gives up its own as soon as another begins one.
  async listen() {
    if (this.stop || !this.token) return;
    const stop = this.stop = new AbortController();
    this.tabs?.postMessage("listening");
    while (!stop.signal.aborted) {
      try {
        await this.wire.stream(this.token, (name, data) => this.hear(name, data), stop.signal);
      } catch (error) {
        if (stop.signal.aborted) return;
        if (error.message === "403" || error.message === "401") await this.begin();
        else await this.fetchOnce();
      }
      if (stop.signal.aborted) return;
      const pause = PAUSES[Math.min(this.tries, PAUSES.length - 1)] * (0.7 + Math.random() * 0.6);
      this.tries += 1;
      await new Promise((done) => {
        const timer = setTimeout(done, pause);
        stop.signal.addEventListener("abort", () => { clearTimeout(timer); done(); });
      });
    }
  }

  // Where something on the way holds streams back, messages still come, if later.
  async fetchOnce() {
    try {
      this.take(await this.wire.history(this.token));
    } catch {
      this.isReached = false;
      this.changed();
    }
  }

  async earlier() {
    const [first] = this.items();
    if (!first?.key || !first.server) return;
    const page = await this.wire.history(this.token, `${first.at}_${first.server}`).catch(() => null);
    if (!page) return;
    this.more = page.more;
    this.take({ messages: page.messages });
  }

  hear(name, data) {
    this.tries = 0;
    if (name === "typing") {
      this.typer = data.name || " ";
      clearTimeout(this.typingEnds);
      this.typingEnds = setTimeout(() => { this.typer = ""; this.changed(); }, TYPING_MS);
      this.changed();
    }
    if (name === "messages") this.take(data);
  }

  take({ messages, read, more }) {
    this.isReached = true;
    this.isOnline = true;
    for (const message of messages) {
      this.said.set(message.id, message);
      if (!message.mine) this.typer = "";
    }
    if (read) this.read = read;
    if (more !== undefined) this.more = more;
    const arrived = new Set(messages.filter((m) => m.mine).map((m) => m.sent));
    const renewed = new Set(messages.map((m) => m.sent));
    const isTold = (m) => (m.act ? m.sent && renewed.has(m.target) : arrived.has(m.id));
    if (this.outbox.some(isTold)) this.store.change((kept) => { kept.outbox = kept.outbox.filter((m) => !isTold(m)); });
    this.acknowledge();
    this.changed();
  }

  // Tell that our messages have arrived, and when the window is looked at that they are read: the last stands for all before it.
  acknowledge() {
    const theirs = [...this.said.values()].filter((m) => !m.mine).sort((a, b) => (a.at < b.at ? -1 : 1));
    const last = theirs.at(-1);
    const seen = this.isSeen();
    if (seen && last && last.state !== "read") this.report("read", last.sent);
    else if (!seen) for (const message of theirs) if (message.state === "accepted") this.report("delivered", message.sent);
  }

  async report(what, sent) {
    const key = `${what}:${sent}`;
    if (this.acknowledged.has(key)) return;
    this.acknowledged.add(key);
    const status = await this.wire.send({ token: this.token, id: newId(), [what]: sent });
    if (RETRY.has(status)) this.acknowledged.delete(key);
  }

  // Says it: kept in the browser first, then sent.
  say(text, mail = "") {
    this.store.change((kept) => {
      kept.outbox.push({ id: newId(), text, mail, at: new Date().toISOString() });
      if (mail) kept.mail = mail;
    });
    this.changed();
    this.flush();
  }

  // Says it with a file, whose bytes are kept first, too.
  async sayFile(file) {
    const id = newId();
    await keepFile(id, file);
    const { name, type, size } = file;
    this.store.change((kept) => { kept.outbox.push({ id, text: "", file: { name, type, size }, at: new Date().toISOString() }); });
    this.changed();
    this.flush();
  }

  file(sent, number) {
    return this.wire.file(this.token, sent, number);
  }

  // Changes a message that has arrived: "edit" with a text, "delete", "react" with a sign. Kept first and sent like a message.
  change(act, message, values = {}) {
    const own = message.mine ? { own: true } : {};
    this.store.change((kept) => { kept.outbox.push({ id: newId(), act, target: message.sent, at: new Date().toISOString(), ...own, ...values }); });
    this.changed();
    this.flush();
  }

  // Tries once more; what cannot be tried, because its bytes are gone, is left.
  again(id) {
    if (this.outbox.find((m) => m.id === id)?.lost) this.store.change((kept) => { kept.outbox = kept.outbox.filter((m) => m.id !== id); });
    this.mark(id, { failed: false });
    this.isOnline = true;
    this.flush();
  }

  mark(id, values) {
    this.store.change((kept) => {
      for (const message of kept.outbox) if (message.id === id) Object.assign(message, values);
    });
    this.changed();
  }

  // Sends what waits, in order, one at a time. The same id is stored once, so a lost answer is simply sent again.
  async flush() {
    if (this.isSending) return;
    this.isSending = true;
    clearTimeout(this.flushLater);
    try {
      if (!this.token && this.outbox.length && !(await this.begin())) return this.later();
      for (;;) {
        const next = this.outbox.find((m) => !m.sent && !m.failed);
        if (!next) break;
        if (!(await this.sendOne(next))) return this.later();
      }
      this.tries = 0;
    } finally {
      this.isSending = false;
    }
    if (this.token) this.listen();
  }

  async sendOne({ id, text, mail, at, retried, act, target, emoji, removed, own, file }) {
    const page = { url: location.origin + location.pathname, title: document.title };
    const bytes = file ? await fileOf(id) : null;
    if (file && !bytes) {
      this.mark(id, { failed: true, lost: true });
      return true;
    }
    const given = bytes ? { file: { ...file, data: await base64(bytes) } } : {};
    const status = await this.wire.send(act
      ? { token: this.token, id, [act]: target, text, emoji, removed, own, at }
      : { token: this.token, id, text, mail, at, page, language: this.language, identity: this.identity, ...given });
    if (RETRY.has(status)) {
      this.isOnline = status !== 0;
      this.changed();
      return false;
    }
    this.isOnline = true;
    if (status >= 200 && status < 300) {
      this.mark(id, { sent: true });
      if (file) dropFile(id);
    }
    else if (status === 403 && !retried) {
      // The account has a new key: begin anew once.
      this.mark(id, { retried: true });
      await this.begin();
    } else this.mark(id, { failed: true });
    return true;
  }

  later() {
    const pause = PAUSES[Math.min(this.tries, PAUSES.length - 1)] * (0.7 + Math.random() * 0.6);
    this.tries += 1;
    this.changed();
    clearTimeout(this.flushLater);
    this.flushLater = setTimeout(() => this.flush(), pause);
  }

  writing() {
    const now = Date.now();
    if (!this.said.size || !this.token || now - (this.toldTyping ?? 0) < TYPING_EVERY_MS) return;
    this.toldTyping = now;
    this.wire.typing(this.token);
  }

  // Somebody signed in or out. Another person than before does not see what the first one wrote.
  identify(identity) {
    const who = identity?.user || identity?.mail || "";
    const before = this.store.read().who ?? "";
    this.identity = identity ?? undefined;
    if (before && before !== who) {
      this.pause();
      this.said.clear();
      this.read = "";
      for (const { id, file } of this.outbox) if (file) dropFile(id);
      this.store.change((kept) => { for (const name of ["token", "mail", "look"]) delete kept[name]; kept.outbox = []; });
    }
    this.store.change((kept) => { kept.who = who; });
    this.changed();
  }

  unread() {
    return [...this.said.values()].filter((m) => !m.mine && m.state !== "read" && !this.acknowledged.has(`read:${m.sent}`)).length;
  }

  // Everything in the order in which it is shown. `key` stays the same from the moment of writing on.
  items() {
    const told = [...this.said.values()].sort((a, b) => (a.at < b.at || (a.at === b.at && a.id < b.id) ? -1 : 1));
    const known = new Set(told.filter((m) => m.mine).map((m) => m.sent));
    const shown = told.map((m) => ({ ...m, key: m.mine ? m.sent : m.id, server: m.id, mark: m.mine ? (this.read && m.at <= this.read ? "read" : "sent") : "" }));
    for (const m of this.outbox) {
      if (m.act && !m.failed) act(shown.find((one) => one.sent === m.target), m);
      if (m.act || known.has(m.id)) continue;
      const mark = m.failed ? "failed" : m.sent ? "sent" : this.isOnline ? "sending" : "waiting";
      shown.push({ key: m.id, at: m.at, text: m.text, mine: true, mark, files: m.file ? [m.file] : [], lost: m.lost });
    }
    return shown;
  }
}

function base64(blob) {
  return new Promise((done, fail) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => fail(reader.error);
    reader.readAsDataURL(blob);
  });
}

// What is on its way is shown as if it had arrived.
function act(message, { act: what, text, emoji, removed }) {
  if (!message) return;
  if (what === "edit") Object.assign(message, { text, changed: true });
  if (what === "delete") Object.assign(message, { text: "", deleted: true, signs: [], files: [] });
  if (what !== "react") return;
  const others = (message.signs ?? []).filter((s) => !(s.mine && s.sign === emoji));
  message.signs = removed ? others : [...others, { sign: emoji, mine: true }];
}
