(()=>{"use strict";
const one = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const on = (kind, handler, options) => document.addEventListener(kind, handler, options);
const tell = (kind, detail = {}) => document.dispatchEvent(new CustomEvent(kind, { detail, bubbles: true, cancelable: true }));
const desk = one("#desk");
const me = desk?.dataset.me ?? "";
const words = (key, name) => (desk?.dataset[key] ?? "").replace("%s", name);
const isVisible = () => document.visibilityState === "visible";
const inherited = () => {
try { return JSON.parse(document.body.getAttribute("hx-headers:inherited") ?? "{}"); } catch { return {}; }
};
function post(url, values = {}, { keepalive = false } = {}) {
return fetch(url, { method: "POST", headers: { ...inherited(), Accept: "application/json" }, body: new URLSearchParams(values), keepalive }).catch(() => null);
}
async function part(url) {
const answer = await fetch(url, { headers: { "HX-Request": "true" }, cache: "no-store" }).catch(() => null);
if (!answer?.ok) return null;
return new DOMParser().parseFromString(await answer.text(), "text/html").body;
}
function enliven(element) {
window.htmx?.process(element);
return element;
}
function together(pause, run) {
const waiting = new Set();
let timer = 0;
let isBusy = false;
const go = async () => {
if (isBusy || timer || !waiting.size) return;
const items = [...waiting];
waiting.clear();
isBusy = true;
timer = setTimeout(() => { timer = 0; go(); }, pause);
await run(items);
isBusy = false;
go();
};
return (items) => {
for (const item of items) waiting.add(item);
return go();
};
}
let mine = Number(one(".nav [data-count=mine]")?.textContent ?? 0);
function showCounts(counts) {
for (const [name, count] of Object.entries(counts)) {
for (const place of all(`[data-count="${CSS.escape(name)}"]`)) {
place.textContent = String(count);
if (place.hasAttribute("data-hide-zero")) place.hidden = !count;
}
}
if (typeof counts.mine === "number") mine = counts.mine;
showTitle();
}
function showTitle() {
const bare = document.title.replace(/^\(\d+\+?\) /, "");
document.title = mine ? `(${mine}) ${bare}` : bare;
}
on("look:swapped", showTitle);
showTitle();
const list = () => one("#rows");
const rowOf = (id) => one(`#rows > [data-row="${CSS.escape(id)}"]`);
const timeOf = (row) => BigInt(row.dataset.at);
const openedId = () => one("#timeline")?.dataset.conversation ?? "";
const refreshRows = together(250, async (ids) => {
if (!list()) return;
const query = new URLSearchParams(list().dataset.query);
for (const id of ids) query.append("id", id);
query.set("opened", openedId());
const answer = await part(`${one("#desk").dataset.rowsUrl}?${query}`);
if (answer) apply(answer, ids);
});
function apply(answer, ids) {
const fresh = new Map(all("[data-row]", answer).map((row) => [row.dataset.row, row]));
for (const id of ids) {
if (fresh.has(id)) place(fresh.get(id), rowOf(id));
else takeAway(rowOf(id));
}
const none = one("#none > *", answer);
one("#rows > [data-none]")?.remove();
if (none && !one("#rows > [data-row]")) list().append(enliven(none));
const sub = one("#list-sub", answer);
if (sub) one("#list-sub")?.replaceChildren(...sub.childNodes);
const counts = one("[data-counts]", answer)?.dataset.counts;
if (counts) showCounts(JSON.parse(counts));
tell("look:swapped", { source: list(), status: 200 });
}
function takeAway(old) {
if (old && !old.classList.contains("is-leaving")) old.remove();
}
function place(row, old) {
if (old && old.dataset.source === row.outerHTML) return;
const source = row.outerHTML;
const isFocused = old?.contains(document.activeElement);
const isNewer = !old || timeOf(row) > timeOf(old);
const after = all("#rows > [data-row]").find((other) => other !== old && timeOf(other) < timeOf(row));
if (!old && !after && one("#rows > [data-more]")) return;
const check = old && one("[data-row-check]", old)?.checked;
old?.remove();
row.dataset.source = source;
list().insertBefore(row, after ?? one("#rows > [data-more]"));
if (check) one("[data-row-check]", row).checked = true;
if (isNewer && row.classList.contains("is-unread")) row.classList.add("is-fresh");
enliven(row);
if (isFocused) one(".row-link", row).focus({ preventScroll: true });
}
async function refreshList() {
if (!list()) return;
const answer = await part(`${location.origin}/?${list().dataset.query}`);
const page = answer && one("#rows", answer);
if (!page) return;
const rows = all("[data-row]", page);
const last = rows.at(-1);
const shown = all("#rows > [data-row]").filter((row) => !last || timeOf(row) >= timeOf(last)).map((row) => row.dataset.row);
apply(answer, [...new Set([...shown, ...rows.map((row) => row.dataset.row)])]);
for (const count of all("[data-count]", page)) showCounts({ [count.dataset.count]: Number(count.textContent) });
}
on("click", (event) => {
const finder = event.target.closest("[data-find]");
if (!finder) return;
const form = one("#find");
form.hidden = !form.hidden || Boolean(one("[data-find-field]").value && (form.hidden = false));
finder.ariaExpanded = String(!form.hidden);
if (!form.hidden) one("[data-find-field]").select();
});
const asidesPlace = () => one("[data-asides]");
on("look:swapped", ({ detail }) => {
const text = one("#ask[open] [name=text]");
if (text?.value && detail.source?.matches?.("[data-dialog=ask]")) text.dispatchEvent(new Event("input", { bubbles: true }));
});
on("look:sent", ({ target }) => {
if (target.matches?.("[data-ask-form]")) target.closest("dialog").close();
if (target.matches?.("[data-aside-form]")) target.reset();
});
on("keydown", (event) => {
const form = event.target.closest?.("[data-aside-form]");
if (!form || event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
event.preventDefault();
form.requestSubmit();
});
on("submit", (event) => {
const form = event.target.closest?.("[data-aside-form]");
if (!form || one("textarea", form).value.trim()) return;
event.preventDefault();
event.stopImmediatePropagation();
one("textarea", form).focus();
}, { capture: true });
on("click", ({ target }) => {
const add = target.closest("[data-ask-add]");
if (add) mention(add.dataset.askAdd);
const use = target.closest("[data-use-text]");
if (use) draftFrom(use.dataset.useText, use.dataset.by);
if (target.closest("[data-from-aside-close]")) target.closest(".from-aside").remove();
});
function mention(word) {
const text = one("#ask [name=text]");
text.value = `${word} ${text.value}`;
text.focus();
text.dispatchEvent(new Event("input", { bubbles: true }));
}
function draftFrom(words, by) {
const form = one("form.composer[data-composer]");
const editor = form && one("[data-editor]", form);
if (!editor) return;
one("[data-mode=reply]", form)?.click();
editor.value = [editor.value, words].filter(Boolean).join("\n\n");
one(".from-aside", form)?.remove();
const mark = document.createElement("p");
mark.className = "from-aside";
const shut = Object.assign(document.createElement("button"), { type: "button", className: "icon-btn", textContent: "×" });
shut.dataset.fromAsideClose = "";
shut.setAttribute("aria-label", "×");
mark.append(by, shut);
editor.before(mark);
editor.focus();
editor.dispatchEvent(new Event("input", { bubbles: true }));
}
on("look:emptied", ({ target }) => one(".from-aside", target)?.remove());
function carry(old, fresh) {
for (const mine of all("[data-aside]", old)) {
const other = one(`[data-aside="${CSS.escape(mine.dataset.aside)}"]`, fresh);
if (!other) continue;
if (mine.matches("details") && mine.classList.contains("is-over") === other.classList.contains("is-over")) other.open = mine.open;
const [from, to] = [one("textarea", mine), one("textarea", other)];
if (!from || !to || !from.value) continue;
to.value = from.value;
if (document.activeElement === from) queueMicrotask(() => { to.focus(); to.setSelectionRange(from.selectionStart, from.selectionEnd); });
}
}
const refreshAsides = together(250, async () => {
const here = asidesPlace();
const answer = here && await fetch(here.dataset.url, { headers: { "HX-Request": "true" }, cache: "no-store" }).catch(() => null);
if (!here || !answer) return;
if (answer.status === 404 && here.dataset.gone) return void location.assign(here.dataset.gone);
if (!answer.ok || one("details[data-menu][open]", here)) return;
const body = new DOMParser().parseFromString(await answer.text(), "text/html").body;
carry(here, body);
here.replaceChildren(...body.childNodes);
enliven(here);
});
let toldAsked = "";
const refreshAsked = together(400, async (wishes) => {
const answer = await fetch("/desk/asides/count", { headers: { Accept: "application/json" } }).catch(() => null);
if (!answer?.ok) return;
const news = await answer.json();
showCounts({ asked: news.asked });
if (!wishes.includes("tell") || !news.id || news.id === toldAsked) return;
toldAsked = news.id;
if (isVisible()) return void tell("look:toast", { text: news.text, seconds: 8 });
const isMine = one("#live")?.dataset.leading && desk?.dataset.mayNotify === "yes";
if (!isMine || window.Notification?.permission !== "granted") return;
const shown = new Notification(news.text, { tag: news.id });
shown.onclick = () => { focus(); location.href = news.href; };
});
const whoAsks = () => asidesPlace()?.dataset.asides ?? one("#desk")?.dataset.me ?? "";
on("live:changed", ({ detail }) => {
if (!(detail.kind ?? "").startsWith("aside.")) return;
refreshAsides(["live"]);
refreshAsked([detail.kind === "aside.colleague_asked" && detail.colleague === whoAsks() ? "tell" : "count"]);
});
on("desk:asides", () => { refreshAsides(["own"]); refreshAsked(["count"]); });
const seenAside = () => {
const url = asidesPlace()?.dataset.seenUrl;
if (url && isVisible()) post(url);
};
on("visibilitychange", seenAside);
seenAside();
on("desk:asked", ({ detail }) => {
let tries = 20;
const look = () => {
const asked = document.getElementById(`a-${detail.aside}`);
if (asked) asked.scrollIntoView({ block: "nearest" });
else if (tries--) setTimeout(look, 150);
};
look();
});
function showNamed() {
const named = /^#a-[\da-f-]+$/.test(location.hash) && one(location.hash);
const folded = named && one("details.aside", named);
if (!folded) return;
folded.open = true;
named.scrollIntoView({ block: "center" });
}
addEventListener("load", () => setTimeout(showNamed, 60));
addEventListener("hashchange", showNamed);
const refreshYes = together(400, async () => {
const answer = await fetch("/desk/yes/count", { headers: { Accept: "application/json" } }).catch(() => null);
if (answer?.ok) showCounts(await answer.json());
const here = one("[data-approvals]");
const list = here && await fetch(here.dataset.url, { headers: { "HX-Request": "true" }, cache: "no-store" }).catch(() => null);
if (!here || !list?.ok) return;
const body = new DOMParser().parseFromString(await list.text(), "text/html").body;
here.replaceChildren(...body.childNodes);
enliven(here);
});
on("live:changed", ({ detail }) => { if ((detail.kind ?? "").startsWith("reply.approval_")) refreshYes(["live"]); });
on("desk:yes", () => refreshYes(["own"]));
on("toggle", ({ target }) => {
if (!target.matches?.("details.yes-form[open]")) return;
one("textarea", target)?.focus({ preventScroll: true });
target.scrollIntoView({ block: "nearest" });
}, { capture: true });
function showAnswer() {
const named = /^#[re]-[\da-f-]+$/.test(location.hash) && one(location.hash);
if (named && one(".yes", named)) named.scrollIntoView({ block: "center" });
}
addEventListener("load", () => setTimeout(showAnswer, 80));
addEventListener("hashchange", showAnswer);
const searchOf = (element) => element?.closest?.("[data-assign-search]");
let isWaiting = false; // Enter came before the answer to what was typed
function choose(search) {
const found = one("#assign-found");
isWaiting = one("[data-found-for]", found)?.dataset.foundFor !== search.value.trim();
if (!isWaiting) one(".menu-item", found)?.click();
}
on("look:swapped", () => {
const search = one("details[data-menu][open] [data-assign-search]");
if (!search) return;
if (isWaiting) choose(search);
else if (document.activeElement?.matches("summary, body") && matchMedia("(pointer: fine)").matches) search.focus();
});
on("input", (event) => { if (searchOf(event.target)) isWaiting = false; });
on("keydown", (event) => {
const search = searchOf(event.target);
if (!search?.value.trim() || event.key !== "Enter" || event.isComposing) return;
event.preventDefault();
choose(search);
});
const SEEN_MS = 400;
const HERE_MS = 25000;
const HERE_KEPT = 45000;
const TYPING_MS = 6000;
const PERSON_MS = 2000;
const timeline = () => one("#timeline");
const opened = () => timeline()?.dataset.conversation ?? "";
let shown = null;
let head = "";
let seenTimer = 0;
const others = new Map();
const refreshThread = together(250, async (wishes) => {
const here = timeline();
if (!here) return;
const few = wishes.includes("all") ? "" : "&few=1";
const answer = await part(`${here.dataset.freshUrl}?since=${encodeURIComponent(here.dataset.since)}${few}`);
if (!answer || timeline() !== here) return;
sync(here, one("ol", answer));
syncHead(one("#thread-head", answer));
tell("look:swapped", { source: here, status: 200 });
seeLater();
});
function sync(here, fresh) {
const wanted = all(":scope > li:not([data-earlier])", fresh);
const ids = new Set(wanted.map((item) => item.id));
const have = [...here.children];
if (wanted.every((item) => !document.getElementById(item.id) || item.matches(".day")) && have.length) return void askAgain(here);
const first = have.findIndex((item) => ids.has(item.id) && !item.matches(".day"));
for (const item of first < 0 ? [] : have.slice(first)) if (!ids.has(item.id)) item.remove();
let cursor = null;
for (const item of wanted) {
const old = document.getElementById(item.id);
if (old && old.dataset.v === item.dataset.v) {
cursor = old;
continue;
}
if (old?.querySelector("details.edit-note[open]")) {
cursor = old;
continue;
}
if (old) carry(old, item);
if (old) old.replaceWith(item);
else if (cursor) cursor.after(item);
else if (first >= 0) have[first].before(item);
else here.append(item);
cursor = item;
enliven(item);
}
}
function askAgain(here) {
if (here.dataset.again) return;
here.dataset.again = "1";
refreshThread(["all"]);
}
function syncHead(fresh) {
const old = one("#thread-head");
if (!fresh || !old || fresh.outerHTML === head || one("details[open], dialog[open]", old)) return;
head = fresh.outerHTML;
const back = one("[data-back]", old)?.getAttribute("href");
if (back) one("[data-back]", fresh)?.setAttribute("href", back);
old.replaceWith(fresh);
enliven(fresh);
showOthers();
}
function seeLater() {
clearTimeout(seenTimer);
const here = timeline();
if (!here || !isVisible()) return;
const last = all(":scope > li", here).at(-1)?.id ?? "";
if (here.dataset.seen === last) return;
seenTimer = setTimeout(() => {
if (timeline() !== here || !isVisible()) return;
here.dataset.seen = last;
post(here.dataset.seenUrl);
}, SEEN_MS);
}
function sayHere(what, url = timeline()?.dataset.hereUrl) {
if (url && (what === "left" || isVisible())) post(url, { what }, { keepalive: what === "left" });
}
function settle() {
const here = timeline();
if (here === shown) return;
if (shown) sayHere("left", shown.dataset.hereUrl);
shown = here;
head = "";
others.clear();
if (!here) return;
sayHere("looking");
seeLater();
}
on("look:swapped", settle);
on("visibilitychange", () => { seeLater(); sayHere("looking"); });
addEventListener("pagehide", () => sayHere("left"));
setInterval(() => sayHere("looking"), HERE_MS);
function showOthers() {
const now = Date.now();
for (const [id, other] of others) if (other.until < now) others.delete(id);
const place = one("#also");
const names = [...others.values()].map((other) => other.name.split(" ")[0]);
if (place) place.textContent = names.length ? words("also", names.join(", ")) : "";
}
on("live:presence", ({ detail }) => {
if (detail.conversation !== opened() || detail.colleague === me) return;
if (detail.what === "left") others.delete(detail.colleague);
else others.set(detail.colleague, { name: detail.name, until: Date.now() + HERE_KEPT });
showOthers();
});
setInterval(showOthers, 5000);
let typingTimer = 0;
on("live:typing", ({ detail }) => {
const place = one("#typing");
if (!place || detail.conversation !== opened() || detail.colleague === me) return;
const dots = document.createElement("span");
dots.className = detail.visitor ? "typing-dots" : "typing-dots is-us";
dots.append(...Array.from({ length: 3 }, () => document.createElement("i")));
const name = detail.visitor ? one("#thread-head .thread-sub a")?.textContent : detail.name?.split(" ")[0];
place.replaceChildren(dots, words("typing", name ?? ""));
clearTimeout(typingTimer);
typingTimer = setTimeout(() => place.replaceChildren(), TYPING_MS);
});
const refreshPerson = together(PERSON_MS, async () => {
const here = timeline();
const answer = here && await part(here.dataset.personUrl);
const column = one("#person");
if (!answer || !column || timeline() !== here) return;
column.replaceChildren(...answer.childNodes);
enliven(column);
});
on("desk:person", () => refreshPerson(["person"]));
const refreshWays = together(PERSON_MS, async () => {
const here = timeline();
const answer = here && await part(here.dataset.personUrl.replace(/person$/, ""));
const fresh = answer && one(".composer .pick", answer);
const old = one(".composer .pick");
if (!fresh || !old || timeline() !== here || fresh.outerHTML === old.outerHTML) return;
const chosen = one("select", old).value;
const select = one("select", fresh);
if ([...select.options].some((option) => option.value === chosen && !option.disabled)) select.value = chosen;
if (document.activeElement !== one("select", old)) old.replaceWith(fresh);
});
if (desk) settle();
const DUE_MS = 60000;
const refreshDue = together(250, async () => {
const old = one("#due");
const fresh = old && one("#due", (await part(old.dataset.dueUrl)) ?? document.createElement("body"));
if (fresh && !old.open && old.isConnected) old.replaceWith(enliven(fresh));
});
setInterval(() => { if (isVisible() && one("#due:not([hidden], [open])")) refreshDue(["due"]); }, DUE_MS);
on("visibilitychange", () => { if (isVisible() && one("#due:not([hidden], [open])")) refreshDue(["due"]); });
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
const HIGHEST = 12000;
const fitted = new WeakSet();
function fitFrame(frame) {
const page = frame.contentDocument?.documentElement;
if (!page) return;
frame.style.blockSize = `${Math.min(HIGHEST, Math.max(48, page.getBoundingClientRect().height))}px`;
}
function settleFrames() {
for (const frame of all("[data-mail-frame]")) {
if (fitted.has(frame)) continue;
fitted.add(frame);
frame.addEventListener("load", () => {
const log = frame.closest("[data-scroll-end]");
const atEnd = log && log.scrollHeight - log.scrollTop - log.clientHeight < 260;
fitFrame(frame);
new ResizeObserver(() => fitFrame(frame)).observe(frame.contentDocument.body);
if (atEnd) log.scrollTop = log.scrollHeight;
});
if (frame.contentDocument?.readyState === "complete") fitFrame(frame);
}
}
on("click", (event) => {
const shower = event.target.closest("[data-show-images]");
const frame = shower && one("[data-mail-frame]", shower.closest("article"));
if (!frame) return;
frame.src = `${frame.getAttribute("src").split("?")[0]}?images=1`;
shower.parentElement.remove();
});
on("error", (event) => {
if (!event.target.matches?.("[data-shot]")) return;
const link = event.target.closest("a");
link.className = "file";
link.replaceChildren(link.title || event.target.alt);
}, { capture: true });
on("look:swapped", settleFrames);
settleFrames();
on("click", (event) => {
const open = event.target.closest("[data-template-open]");
const place = open && one(".templates");
if (place) {
const way = one("[name=channel]", open.form)?.value ?? "";
window.htmx?.ajax("GET", `${place.dataset.templatesUrl}?channel=${encodeURIComponent(way)}`, { target: place, swap: "innerHTML" })
.then(() => one("select", place)?.focus());
}
const close = event.target.closest("[data-template-close]");
if (close) {
close.closest(".templates").replaceChildren();
one("[data-editor]")?.focus();
}
});
on("input", ({ target }) => {
const name = target.dataset?.fills;
if (!name) return;
for (const mark of target.form.querySelectorAll("[data-place]")) {
if (mark.dataset.place === name) mark.textContent = target.value || name;
}
});
on("keydown", (event) => {
const form = event.target.closest?.(".template-form");
if (!form || event.key !== "Escape") return;
event.preventDefault();
event.stopPropagation();
one("[data-template-close]", form)?.click();
});
on("change", (event) => {
if (!event.target.matches("[data-composer] [name=channel]")) return;
one(".templates")?.replaceChildren();
if (event.target.selectedOptions[0]?.matches("[data-only-templates]")) one("[data-template-open]", event.target.form)?.click();
});
let told = "";
async function tellNews() {
const answer = await fetch(desk.dataset.latestUrl, { headers: { Accept: "application/json" } }).catch(() => null);
const news = answer?.ok ? await answer.json() : {};
if (typeof news.count === "number") showCounts({ news: news.count });
if (!news.text || news.id === told) return;
told = news.id;
if (isVisible()) tell("look:toast", { text: news.text, seconds: 8 });
const isMine = one("#live")?.dataset.leading && desk.dataset.mayNotify === "yes";
if (isVisible() || !isMine || window.Notification?.permission !== "granted") return;
const shown = new Notification(news.text, { tag: news.id });
shown.onclick = () => { focus(); location.href = news.href; };
}
on("look:swapped", () => {
for (const asker of all("[data-ask-permission]")) asker.hidden = window.Notification?.permission !== "default";
});
on("click", (event) => {
if (event.target.closest("[data-ask-permission]")) Notification.requestPermission();
});
on("desk:news", ({ detail }) => showCounts({ news: detail.unseen }));
on("live:changed", ({ detail }) => {
if (desk && detail.kind === "hours.hours_changed" && detail.colleague === desk.dataset.me) tellNews();
});
const TELLS = new Set(["assist.answer_planned", "reply.reply_written"]);
on("live:changed", ({ detail }) => {
if (TELLS.has(detail.kind) && detail.conversation) one(`[id="auto-${detail.conversation}"]`)?.dispatchEvent(new Event("auto:look"));
});
const STALE_MS = 120000;
const PERSON_AFTER_MS = 1000; // the words first, then what stands beside them
const ROWS_AFTER_MS = 250; // the longest that the list waits for the thread
let listed = Date.now();
const ADDS = new Set(["conversation.message_joined", "conversation.note_written", "reply.reply_written"]);
function changed(ids, kind = "") {
const known = ids.filter(Boolean);
if (!known.length) return;
const isRead = kind === "conversation.conversation_read" || kind === "conversation.colleague_notified";
let first = null;
if (kind === "promise.due_changed") {
if (known.includes(opened())) refreshDue([kind]);
} else if (known.includes(opened()) && !isRead) {
first = refreshThread([ADDS.has(kind) ? "few" : "all"]);
if (kind === "conversation.message_joined") setTimeout(() => refreshPerson([kind]), PERSON_AFTER_MS);
}
if (first) Promise.race([first, new Promise((go) => { setTimeout(go, ROWS_AFTER_MS); })]).then(() => refreshRows(known));
else refreshRows(known);
}
function isOfOpened(detail) {
const about = one("#thread-head .thread-sub a")?.getAttribute("href") ?? "";
return [detail.consumer, detail.kept_consumer, detail.absorbed].some((id) => id && about.includes(id));
}
function everything() {
listed = Date.now();
refreshList();
if (opened()) refreshThread(["all"]);
}
if (desk) {
on("desk:changed", ({ detail }) => changed(detail.ids));
on("live:changed", ({ detail }) => {
const kind = detail.kind ?? "";
if (kind === "promise.dues_reckoned") return void everything();
if (kind.startsWith("identity.")) return isOfOpened(detail) ? void (refreshPerson([kind]), refreshWays([kind])) : undefined;
changed(kind === "conversation.conversations_merged" ? [detail.kept_conversation, detail.absorbed] : [detail.conversation], kind);
if (kind === "conversation.colleague_notified") tellNews();
});
on("live:reset", everything);
on("live:online", everything);
setInterval(() => { if (isVisible() && Date.now() - listed > STALE_MS) everything(); }, 10000);
on("visibilitychange", () => { if (isVisible() && Date.now() - listed > STALE_MS) everything(); });
}

})();
