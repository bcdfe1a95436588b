(()=>{"use strict";
const WORDS = {
da: {
open: "Åbn chat",
close: "Luk chat",
unread: (n) => (n === 1 ? "1 ulæst besked" : `${n} ulæste beskeder`),
with: (name) => `Chat med ${name}`,
here: "Vi er her nu.",
away: "Vi svarer, så snart vi kan. Svaret står her, næste gang du kigger forbi.",
both: (names) => names.join(" og "),
usual: (who, minutes) => `${who} svarer typisk på ${minutes}.`,
answer: (who) => `${who} svarer dig.`,
minutes: (n) => (n < 90 ? `${n} min.` : n < 2880 ? `${Math.round(n / 60)} timer` : `${Math.round(n / 1440)} dage`),
field: "Din besked",
hint: "Skriv en besked …",
send: "Send",
left: (n) => `${n} tegn tilbage`,
over: (n) => `${n} tegn for meget`,
typing: (name) => (name ? `${name} skriver …` : "Der bliver skrevet …"),
me: "Dig",
us: "Os",
waiting: "Venter på forbindelse",
sending: "Sender …",
sent: "Sendt",
read: "Læst",
failed: "Ikke sendt. Prøv igen",
offline: "Ingen forbindelse. Dine beskeder er gemt her og sendes, når den er tilbage.",
closed: "Chatten kan ikke nås lige nu.",
again: "Prøv igen",
earlier: "Vis tidligere beskeder",
log: "Samtalen",
mail: "Fortsæt på e-mail",
mailField: "Din e-mailadresse",
mailSend: "Brug adressen",
mailWrong: "Skriv en hel e-mailadresse, fx karoline@mail.example.",
mailText: (mail) => `I må gerne svare mig på e-mail: ${mail}`,
mailDone: (mail) => `Vi fortsætter gerne på ${mail}.`,
cancel: "Fortryd",
today: "I dag",
yesterday: "I går",
attach: "Vedhæft filer",
attached: "Vedhæftet:",
keep: (name, size) => `Hent ${name}, ${size}`,
notLoaded: "kunne ikke hentes",
remove: (name) => `Fjern ${name}`,
tooLarge: (name, size) => `${name} er for stor: højst ${size}.`,
empty: (name) => `${name} er tom.`,
lost: "Filen gik tabt, da siden blev lukket. Fjern",
waitingFiles: "Filer, der sendes med",
size: (bytes) => size(bytes, ","),
newTab: "åbner i en ny fane",
more: "Mere om beskeden",
edit: "Ret",
editing: "Du retter din besked.",
takeBack: "Træk tilbage",
gone: "Beskeden er trukket tilbage",
changed: "rettet",
react: "Reagér med",
unreact: "tag den tilbage",
choices: "Svar med et tryk",
},
en: {
open: "Open chat",
close: "Close chat",
unread: (n) => (n === 1 ? "1 unread message" : `${n} unread messages`),
with: (name) => `Chat with ${name}`,
here: "We are here now.",
away: "We answer as soon as we can. You will find the answer here when you come back.",
both: (names) => names.join(" and "),
usual: (who, minutes) => `${who} usually answer in ${minutes}.`,
answer: (who) => `${who} will answer you.`,
minutes: (n) => (n < 90 ? `${n} min` : n < 2880 ? `${Math.round(n / 60)} hours` : `${Math.round(n / 1440)} days`),
field: "Your message",
hint: "Write a message …",
send: "Send",
left: (n) => `${n} characters left`,
over: (n) => `${n} characters too many`,
typing: (name) => (name ? `${name} is writing …` : "Somebody is writing …"),
me: "You",
us: "Us",
waiting: "Waiting for a connection",
sending: "Sending …",
sent: "Sent",
read: "Read",
failed: "Not sent. Try again",
offline: "No connection. Your messages are kept here and sent when it is back.",
closed: "The chat cannot be reached just now.",
again: "Try again",
earlier: "Show earlier messages",
log: "The conversation",
mail: "Go on by mail",
mailField: "Your mail address",
mailSend: "Use this address",
mailWrong: "Write a whole mail address, for example karoline@mail.example.",
mailText: (mail) => `You may answer me by mail: ${mail}`,
mailDone: (mail) => `We will gladly go on at ${mail}.`,
cancel: "Cancel",
today: "Today",
yesterday: "Yesterday",
attach: "Attach files",
attached: "Attached:",
keep: (name, size) => `Download ${name}, ${size}`,
notLoaded: "could not be fetched",
remove: (name) => `Remove ${name}`,
tooLarge: (name, size) => `${name} is too large: at most ${size}.`,
empty: (name) => `${name} is empty.`,
lost: "The file was lost when the page was closed. Remove",
waitingFiles: "Files that go along",
size: (bytes) => size(bytes, "."),
newTab: "opens in a new tab",
more: "More about the message",
edit: "Edit",
editing: "You are editing your message.",
takeBack: "Take back",
gone: "The message has been taken back",
changed: "edited",
react: "React with",
unreact: "take it back",
choices: "Answer with one press",
},
};
function size(bytes, mark) {
if (bytes < 1e6) return `${Math.max(1, Math.round(bytes / 1000))} kB`;
return `${String(Math.round(bytes / 1e5) / 10).replace(".", mark)} MB`;
}
function words(language) {
return WORDS[/^en\b/i.test(language) ? "en" : "da"];
}
const memory = new Map();
class Store {
constructor(account) {
this.key = `samspil-chat:${account}`;
}
read() {
let text = memory.get(this.key);
try { text = localStorage.getItem(this.key) ?? text; } catch { /* forbidden by the browser */ }
try {
const found = JSON.parse(text ?? "{}");
return { outbox: [], ...found };
} catch {
return { outbox: [] };
}
}
change(work) {
const found = this.read();
work(found);
const text = JSON.stringify(found);
memory.set(this.key, text);
try { localStorage.setItem(this.key, text); } catch { /* full or forbidden */ }
return found;
}
onChange(work) {
addEventListener("storage", (event) => {
if (event.key === this.key || event.key === null) work();
});
}
}
const files = new Map();
function within(mode, work) {
return new Promise((done, fail) => {
const asked = indexedDB.open("samspil-chat", 1);
asked.onupgradeneeded = () => asked.result.createObjectStore("files");
asked.onerror = () => fail(asked.error);
asked.onsuccess = () => {
const database = asked.result;
const transaction = database.transaction("files", mode);
const request = work(transaction.objectStore("files"));
transaction.oncomplete = () => { database.close(); done(request.result); };
transaction.onabort = transaction.onerror = () => { database.close(); fail(transaction.error); };
};
});
}
async function keepFile(id, file) {
files.set(id, file);
try { await within("readwrite", (kept) => kept.put(file, id)); } catch { /* full or forbidden */ }
}
async function fileOf(id) {
if (files.has(id)) return files.get(id);
try { return (await within("readonly", (kept) => kept.get(id))) ?? null; } catch { return null; }
}
async function dropFile(id) {
files.delete(id);
try { await within("readwrite", (kept) => kept.delete(id)); } catch { /* forbidden */ }
}
function newId() {
if (crypto.randomUUID) return crypto.randomUUID();
return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}
const SILENCE_MS = 50000;
class Wire {
constructor(base, account) {
this.chat = `${base}/widget/${account}/`;
this.door = `${base}/in/${account}`;
}
post(address, value, headers = {}) {
const body = JSON.stringify(value);
return fetch(address, { method: "POST", body, headers, credentials: "omit", referrerPolicy: "origin", keepalive: body.length < 60000 });
}
async session(value) {
const answer = await this.post(`${this.chat}session`, value);
if (!answer.ok) throw new Error(String(answer.status));
return answer.json();
}
async send(value) {
try {
return (await this.post(this.door, value)).status;
} catch {
return 0;
}
}
typing(token) {
this.post(`${this.chat}typing`, {}, { Authorization: `Bearer ${token}` }).catch(() => {});
}
async file(token, of, number) {
const address = `${this.chat}file?of=${encodeURIComponent(of)}&n=${number}`;
const answer = await fetch(address, { headers: { Authorization: `Bearer ${token}` }, credentials: "omit", cache: "no-store" });
if (!answer.ok) throw new Error(String(answer.status));
return answer.blob();
}
async history(token, before = "") {
const address = `${this.chat}history${before ? `?before=${encodeURIComponent(before)}` : ""}`;
const answer = await fetch(address, { headers: { Authorization: `Bearer ${token}` }, credentials: "omit", cache: "no-store" });
if (!answer.ok) throw new Error(String(answer.status));
return answer.json();
}
async stream(token, hear, stop) {
const silence = new AbortController();
const end = () => silence.abort();
stop.addEventListener("abort", end);
let timer = 0;
const alive = () => {
clearTimeout(timer);
timer = setTimeout(end, SILENCE_MS);
};
try {
alive();
const answer = await fetch(`${this.chat}events`, {
headers: { Authorization: `Bearer ${token}`, Accept: "text/event-stream" },
credentials: "omit",
cache: "no-store",
signal: silence.signal,
});
if (!answer.ok) throw new Error(String(answer.status));
const reader = answer.body.getReader();
const decoder = new TextDecoder();
let rest = "";
for (;;) {
const { done, value } = await reader.read();
if (done) return;
alive();
rest += decoder.decode(value, { stream: true });
const blocks = rest.split("\n\n");
rest = blocks.pop();
for (const block of blocks) understand(block, hear);
}
} finally {
clearTimeout(timer);
stop.removeEventListener("abort", end);
}
}
}
function understand(block, hear) {
let name = "message";
let data = "";
for (const line of block.split("\n")) {
if (line.startsWith("event: ")) name = line.slice(7);
else if (line.startsWith("data: ")) data += line.slice(6);
}
if (data) hear(name, JSON.parse(data));
}
const PAUSES = [1000, 2000, 5000, 10000, 20000, 30000];
const RETRY = new Set([0, 408, 425, 429, 500, 502, 503, 504]);
const TYPING_MS = 6000;
const TYPING_EVERY_MS = 3000;
class Talk {
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
say(text, mail = "") {
this.store.change((kept) => {
kept.outbox.push({ id: newId(), text, mail, at: new Date().toISOString() });
if (mail) kept.mail = mail;
});
this.changed();
this.flush();
}
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
change(act, message, values = {}) {
const own = message.mine ? { own: true } : {};
this.store.change((kept) => { kept.outbox.push({ id: newId(), act, target: message.sent, at: new Date().toISOString(), ...own, ...values }); });
this.changed();
this.flush();
}
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
function act(message, { act: what, text, emoji, removed }) {
if (!message) return;
if (what === "edit") Object.assign(message, { text, changed: true });
if (what === "delete") Object.assign(message, { text: "", deleted: true, signs: [], files: [] });
if (what !== "react") return;
const others = (message.signs ?? []).filter((s) => !(s.mine && s.sign === emoji));
message.signs = removed ? others : [...others, { sign: emoji, mine: true }];
}
const SVG = "http://www.w3.org/2000/svg";
const LINK = /https?:\/\/[^\s<>"'`]+/gi;
const TAIL = /[.,;:!?)\]}…»”]+$/;
function make(tag, attributes = {}, ...children) {
const element = document.createElement(tag);
for (const [name, value] of Object.entries(attributes)) {
if (typeof value === "function") element.addEventListener(name, value);
else if (value === true) element.setAttribute(name, "");
else if (value !== false && value != null) element.setAttribute(name, value);
}
element.append(...children);
return element;
}
function icon(...paths) {
const svg = document.createElementNS(SVG, "svg");
svg.setAttribute("viewBox", "0 0 24 24");
svg.setAttribute("aria-hidden", "true");
for (const d of paths) {
const path = document.createElementNS(SVG, "path");
path.setAttribute("d", d);
svg.append(path);
}
return svg;
}
function linked(text, newTab) {
const nodes = [];
let from = 0;
for (const found of text.matchAll(LINK)) {
const address = found[0].replace(TAIL, "");
let url = null;
try { url = new URL(address); } catch { continue; }
if (url.protocol !== "http:" && url.protocol !== "https:") continue;
nodes.push(text.slice(from, found.index));
nodes.push(make("a", { href: url.href, target: "_blank", rel: "noopener noreferrer nofollow", title: newTab }, address));
from = found.index + address.length;
}
nodes.push(text.slice(from));
return nodes.filter((node) => node !== "");
}
function keep(bytes, name) {
const address = URL.createObjectURL(bytes);
make("a", { href: address, download: name }).click();
setTimeout(() => URL.revokeObjectURL(address), 60000);
}
function inkOn(colour) {
const parts = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
const light = 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
return 1.05 / (light + 0.05) >= (light + 0.05) / 0.0585 ? "#fff" : "#14171a";
}
const MOST = 10;
class Files {
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
const SIGNS = ["👍", "❤️", "😂", "🙏"];
const EDITABLE_MS = 15 * 60 * 1000;
class Log {
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
offer(item, offered) {
const chosen = (item.signs ?? []).filter((s) => s.mine && offered.some(([sign]) => sign === s.sign)).map((s) => s.sign);
const press = (emoji) => {
for (const sign of chosen) this.change("react", item, { emoji: sign, removed: true });
if (!chosen.includes(emoji)) this.change("react", item, { emoji });
};
return make("span", { class: "choices", role: "group", "aria-label": this.words.choices }, ...offered.map(([sign, label]) =>
make("button", { type: "button", class: "choice", title: label, "aria-label": label, "aria-pressed": String(chosen.includes(sign)), click: () => press(sign) }, sign)));
}
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
const MAIL = /^[^@\s<>"',;:\\()[\]]+@[^@\s<>"',;:\\()[\]]+\.[^@\s<>"',;:\\()[\].]{2,}$/;
const SMALL = matchMedia("(max-width: 480px)");
const WARN_AT = 200;
class Panel {
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
if (event.key !== "Tab" || !SMALL.matches) return;
const stops = [...this.window.querySelectorAll("button, textarea, input, a, [tabindex]")].filter((e) => e.getClientRects().length);
const here = this.root.getRootNode().activeElement;
const [from, to] = event.shiftKey ? [stops[0], stops.at(-1)] : [stops.at(-1), stops[0]];
if (here === from) {
event.preventDefault();
to.focus();
}
}
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
const CSS = ":host{all:initial;color-scheme:light dark;--accent:#0d5e6b;--on-accent:#fff;--paper:light-dark(#f5f2ec,#15161b);--surface:light-dark(#fffefc,#1c1e24);--line:light-dark(#e6e0d6,#2c2f37);--control:light-dark(#8b8377,#757b89);--ink:light-dark(#221c26,#edeae6);--ink-2:light-dark(#554d57,#bdb9bb);--ink-3:light-dark(#6a6269,#9f9ba1);--us:light-dark(#0d5e6b,#7fd0d9);--us-soft:light-dark(#e3f0f0,#1d3339);--them-soft:light-dark(#fcefe9,#31231f);--them-fill:#e8694a;--on-them:#2a0d04;--note-soft:light-dark(#fdf4dc,#302a1a);--note-line:light-dark(#e3c67f,#5d5129);--error:light-dark(#b3261e,#ff9c92);--ring:light-dark(#6b2750,#e2a6cb)}:host([theme=\"light\"]){color-scheme:light}:host([theme=\"dark\"]){color-scheme:dark}*{box-sizing:border-box;margin:0}.root{position:fixed;inset:auto 20px 20px auto;z-index:2147483000;font:400 15px/1.5 ui-sans-serif,system-ui,-apple-system,\"Segoe UI\",Roboto,sans-serif;color:var(--ink);text-align:left}button,input,textarea{font:inherit;color:inherit}button{cursor:pointer;border:0;background:none;padding:0}:focus-visible{outline:3px solid var(--ring);outline-offset:2px}svg{width:22px;height:22px;fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round;stroke-linejoin:round;display:block}[hidden]{display:none !important}.launcher{position:relative;display:grid;place-items:center;width:58px;height:58px;margin-left:auto;border-radius:50%;background:var(--accent);color:var(--on-accent);box-shadow:0 2px 6px rgb(60 40 30 / 0.16),0 10px 28px rgb(60 40 30 / 0.22);transition:transform 120ms}.launcher:hover{transform:translateY(-2px)}.launcher svg{width:26px;height:26px}.badge{position:absolute;inset:-3px -3px auto auto;min-width:22px;height:22px;padding:0 6px;border-radius:11px;background:var(--them-fill);color:var(--on-them);font-size:12px;font-weight:700;line-height:22px;text-align:center}.window{display:flex;flex-direction:column;width:360px;height:min(560px,calc(100dvh - 40px));overflow:hidden;border:1px solid var(--line);border-radius:14px;background:var(--surface);box-shadow:0 2px 6px rgb(60 40 30 / 0.1),0 22px 60px rgb(20 10 10 / 0.28);animation:rise 180ms cubic-bezier(0.2,0.7,0.2,1)}@keyframes rise{from{opacity:0;transform:translateY(12px)}}.head{display:flex;gap:12px;align-items:center;padding:12px 10px 12px 16px;background:var(--accent);color:var(--on-accent)}.head div{flex:1;min-width:0}.title{font-size:16px;font-weight:650;line-height:1.3;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}.who{font-size:13px;line-height:1.35}.close{display:grid;place-items:center;width:36px;height:36px;border-radius:9px;flex:none}.close:hover{background:rgb(127 127 127 / 0.25)}.head :focus-visible{outline-color:currentColor}.log{flex:1;overflow-y:auto;overscroll-behavior:contain;padding:14px 14px 6px;background:var(--paper);scrollbar-width:thin}.log ol{list-style:none;padding:0;display:flex;flex-direction:column;gap:6px}.log:focus-visible{outline-offset:-3px}.greeting,.bubble{max-width:84%;width:fit-content;padding:8px 12px;border-radius:14px;overflow-wrap:anywhere;white-space:pre-wrap}.greeting{margin-bottom:10px}.greeting,.theirs .bubble{background:var(--us-soft);border-bottom-left-radius:5px}.mine .bubble{margin-left:auto;background:var(--them-soft);border:1px solid light-dark(#f2c4b3,#5c3527);border-bottom-right-radius:5px}.bubble a{color:inherit;text-decoration:underline;text-underline-offset:2px}.meta{display:flex;gap:6px;font-size:12px;line-height:1.5;color:var(--ink-3);margin:1px 4px 2px}.mine .meta{justify-content:flex-end}.gone{font-style:italic;color:var(--ink-3)}.signs{display:flex;gap:4px;margin:2px 4px 0}.signs:empty{display:none}.mine .signs{justify-content:flex-end}.sign{min-width:30px;padding:0 8px;border:1px solid var(--line);border-radius:11px;background:var(--surface);font-size:13px;line-height:22px;text-align:center}.acts[open]{display:flex;gap:2px;align-items:center}.acts > summary{list-style:none;cursor:pointer;min-width:24px;min-height:24px;line-height:22px;text-align:center;border-radius:7px;color:var(--ink-2)}.acts > summary::-webkit-details-marker{display:none}.act{min-width:28px;min-height:24px;padding:0 7px;border-radius:7px;color:var(--us);font-size:13px}.acts > summary:hover,.act:hover{background:rgb(127 127 127 / 0.16)}.edit .mail{min-height:24px}.by{color:var(--us);font-weight:600}.file{display:flex;align-items:center;gap:6px;max-width:100%;min-height:28px;margin-top:4px;font-size:13px;text-align:left;white-space:normal}.file:first-child{margin-top:0}.file svg{width:16px;height:16px;flex:none}button.file{color:var(--us)}button.file .name{text-decoration:underline;text-underline-offset:2px}button.file[aria-busy]{opacity:0.6}.name{min-width:0;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}.size{flex:none;color:var(--ink-2);font-size:12px}.files{padding:8px 12px 0;border-top:1px solid var(--line);font-size:13px}.files ul{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:6px;max-height:110px;overflow-y:auto}.files li{display:flex;align-items:center;gap:6px;max-width:100%;padding:2px 2px 2px 10px;border:1px solid var(--line);border-radius:9px;background:var(--paper)}.files:not([hidden]) + .write{border-top:0}.remove,.attach{display:grid;place-items:center;flex:none;color:var(--ink-2);border-radius:9px}.remove{width:28px;height:28px}.remove svg{width:16px;height:16px}.attach{width:36px;height:42px}.remove:hover,.attach:hover{background:rgb(127 127 127 / 0.16)}.choices{display:flex;flex-wrap:wrap;gap:4px;margin-top:8px}.choice{display:grid;place-items:center;width:40px;height:40px;border:1px solid var(--line);border-radius:9px;background:var(--surface);font-size:20px;line-height:1}.choice:hover{border-color:var(--control)}.choice[aria-pressed=\"true\"]{border-color:var(--us);box-shadow:inset 0 0 0 1px var(--us)}.day{align-self:center;margin:10px 0 4px;font-size:12px;color:var(--ink-3)}.failed,.again{min-height:24px;color:var(--error);text-decoration:underline;text-underline-offset:2px}.earlier,.mail{min-height:28px;color:var(--us);font-size:13px;text-decoration:underline;text-underline-offset:3px}.earlier{display:block;margin:0 auto 10px}.typing{min-height:22px;padding:0 16px;font-size:13px;line-height:22px;color:var(--ink-2);background:var(--paper)}.bar{padding:6px 14px;border-top:1px solid var(--note-line);background:var(--note-soft);font-size:13px;line-height:1.4}.write{display:flex;gap:8px;align-items:flex-end;padding:10px 10px 4px 12px;border-top:1px solid var(--line)}textarea,input{flex:1;min-width:0;padding:9px 12px;border:1px solid var(--control);border-radius:9px;background:var(--surface);font-size:16px;line-height:1.4}textarea{height:42px;min-height:42px;max-height:130px;resize:none;overflow-y:auto}::placeholder{color:var(--ink-3);opacity:1}.send{display:grid;place-items:center;width:42px;height:42px;border-radius:9px;background:var(--accent);color:var(--on-accent);flex:none}.send[aria-disabled=\"true\"]{opacity:0.55;cursor:default}.foot{display:flex;justify-content:space-between;gap:10px;align-items:center;min-height:36px;padding:2px 14px 6px;font-size:12px;color:var(--ink-3)}.over{color:var(--error);font-weight:600}.mailform{padding:10px 12px;border-top:1px solid var(--line);display:grid;grid-template-columns:minmax(0,1fr);gap:6px;font-size:13px}.mailform div{display:flex;gap:8px;align-items:center}textarea:focus-visible,input:focus-visible{outline-width:2px;outline-offset:0}.mailform .mail{justify-self:start}.mailform label{color:var(--ink-2)}.use{flex:none;min-height:42px;padding:0 12px;border-radius:9px;background:var(--accent);color:var(--on-accent);font-weight:600}.wrong{color:var(--error)}.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}@media (max-width:480px){.root{inset:auto 14px 14px auto}.root.open{inset:0}.window{width:100%;height:100dvh;border:0;border-radius:0}}@media (prefers-reduced-motion:reduce){.window,.launcher{animation:none;transition:none}.launcher:hover{transform:none}}@media (forced-colors:active){.launcher,.send,.use,.bubble,.greeting,.badge,.sign{border:1px solid}}";
const script = document.currentScript;
const options = { ...script?.dataset };
const base = (options.live || new URL(script?.src ?? location.href).origin).replace(/\/$/, "");
const language = options.lang || document.documentElement.lang || navigator.language || "da";
function identityOf({ user, mail, name, signature }) {
return signature && (user || mail) ? { user: user ?? "", mail: mail ?? "", name: name ?? "", signature } : undefined;
}
class SamspilChat extends HTMLElement {
begin() {
const shadow = this.attachShadow({ mode: "open" });
const sheet = new CSSStyleSheet();
sheet.replaceSync(CSS);
shadow.adoptedStyleSheets = [sheet];
const said = /^en\b/i.test(language) ? "en" : "da";
const identity = identityOf(options);
const talk = new Talk({ base, account: options.account, language: said, identity, changed: () => this.panel?.show() });
this.panel = new Panel({ talk, words: words(said), language: said, colour: /^#[0-9a-f]{6}$/i.test(options.colour ?? "") ? options.colour : "" });
this.panel.root.lang = said;
shadow.append(this.panel.root);
if (identity) talk.identify(identity);
this.panel.show();
if (talk.isBegun) talk.wake();
self.SamspilChat = {
open: () => this.panel.open(),
close: () => this.panel.close(),
identify: (who) => { talk.identify(who ? identityOf(who) : null); this.panel.log.clear(); this.panel.show(); if (talk.isBegun) talk.begin(); },
};
}
}
function start() {
if (document.querySelector("samspil-chat")) return;
const element = document.createElement("samspil-chat");
if (options.theme === "light" || options.theme === "dark") element.setAttribute("theme", options.theme);
document.body.append(element);
element.begin();
}
if (!options.account) console.error("Samspil: the script tag needs data-account");
else if (!customElements.get("samspil-chat")) {
customElements.define("samspil-chat", SamspilChat);
if (document.body) start();
else document.addEventListener("DOMContentLoaded", start);
}
})();
