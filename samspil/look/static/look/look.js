(()=>{"use strict";
const root = document.documentElement;
const one = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const on = (kind, handler, options) => document.addEventListener(kind, handler, options);
const words = (key) => one("#texts")?.dataset[key] ?? "";
const tell = (kind, detail = {}, element = document) =>
element.dispatchEvent(new CustomEvent(kind, { detail, bubbles: true, cancelable: true }));
const isShown = (element) => element.checkVisibility?.({ visibilityProperty: true }) ?? element.offsetParent !== null;
const isUsable = (element) => !element.disabled && element.ariaDisabled !== "true" && isShown(element);
const isTyping = (target) =>
Boolean(target.closest?.("input:not([type=checkbox], [type=radio], [type=button]), textarea, select, [contenteditable]"));
function make(tag, attributes = {}, ...children) {
const element = document.createElement(tag);
for (const [name, value] of Object.entries(attributes)) if (value !== null && value !== false) element.setAttribute(name, value);
element.append(...children);
return element;
}
function keep(name, value) {
document.cookie = `${name}=${value};path=/;max-age=31536000;samesite=lax`;
}
const store = {
get(key) { try { return localStorage.getItem(key); } catch { return null; } },
set(key, value) { try { localStorage.setItem(key, value); } catch { /* the server keeps the draft as well */ } },
drop(key) { try { localStorage.removeItem(key); } catch { /* nothing was kept */ } },
};
function nameOf(element) {
const given = element.dataset.keyLabel ?? element.getAttribute("aria-label");
if (given) return given;
const copy = element.cloneNode(true);
all("kbd, b, svg, small", copy).forEach((part) => part.remove());
return copy.textContent.trim().replace(/\s+/g, " ");
}
const isDark = () =>
root.dataset.theme === "dark" || (root.dataset.theme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
function setTheme(theme) {
root.dataset.theme = theme;
keep("theme", theme);
tell("look:theme", { theme });
}
on("click", (event) => {
const chosen = event.target.closest("[data-theme-set]");
if (chosen) setTheme(chosen.dataset.themeSet);
else if (event.target.closest("[data-theme-toggle]")) setTheme(isDark() ? "light" : "dark");
});
const openMenus = () => all("details[data-menu][open]");
on("click", (event) => {
const chosen = event.target.closest(".menu-list :is(a, button):not([data-menu-stay])");
for (const menu of openMenus()) if (!menu.contains(event.target) || menu.contains(chosen)) menu.open = false;
const opener = event.target.closest("[data-dialog]");
if (opener) one(`dialog#${CSS.escape(opener.dataset.dialog)}`)?.showModal();
if (event.target.closest("[data-dialog-close]")) event.target.closest("dialog")?.close();
if (event.target.matches("dialog[open]") && isOutside(event)) event.target.close();
const toggled = event.target.closest("[data-toggle-class]");
if (toggled) toggleClass(toggled);
});
function isOutside(event) {
const box = event.target.getBoundingClientRect();
return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
}
function toggleClass(button) {
const isOn = document.body.classList.toggle(button.dataset.toggleClass);
if (button.hasAttribute("aria-expanded")) button.ariaExpanded = String(isOn);
}
on("keydown", (event) => {
const menu = event.target.closest?.("details[data-menu][open]");
if (!menu) return;
if (event.key === "Escape") {
event.preventDefault();
menu.open = false;
one("summary", menu).focus();
} else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
event.preventDefault();
const items = all(".menu-list :is(a, button, input)", menu);
const step = event.key === "ArrowDown" ? 1 : -1;
items.at((items.indexOf(document.activeElement) + step + (step < 0 && !items.includes(document.activeElement) ? 1 : 0)) % items.length)?.focus();
}
});
const enliven = (element) => window.htmx?.process(element);
function request(verb, url, options = {}) {
return window.htmx?.ajax(verb, url, { swap: "none", target: document.body, ...options });
}
queueMicrotask(() => window.htmx?.initialize());
const sourceOf = (event) => event.detail?.ctx?.sourceElement ?? event.target;
const statusOf = (event) => event.detail?.ctx?.response?.status ?? 0;
on("htmx:after:swap", (event) => tell("look:swapped", { source: sourceOf(event), status: statusOf(event) }));
on("htmx:finally:request", (event) => {
const source = sourceOf(event);
const status = statusOf(event);
tell(status >= 200 && status < 400 ? "look:sent" : "look:failed", { source, status }, source.isConnected ? source : document);
});
on("htmx:response:error", (event) => {
const { ctx } = event.detail;
if (ctx.response.status === 422) return;
ctx.swap = "none";
tell("look:toast", { text: words("failed"), error: true });
});
let waiting = 0;
let hair = null;
const bar = make("div", { class: "loading", "aria-hidden": "true" });
on("htmx:before:request", () => {
waiting += 1;
hair ??= setTimeout(() => document.body.append(bar), 250);
});
on("htmx:finally:request", () => {
waiting = Math.max(0, waiting - 1);
if (waiting) return;
clearTimeout(hair);
hair = null;
bar.remove();
});
const clocks = new Map();
function startClock(toast) {
if (clocks.has(toast)) return;
const clock = { left: Number(toast.dataset.seconds ?? 6) * 1000, since: 0, timer: 0 };
clocks.set(toast, clock);
toast.style.setProperty("--time", `${clock.left}ms`);
for (const kind of ["pointerenter", "focusin"]) toast.addEventListener(kind, () => hold(toast));
for (const kind of ["pointerleave", "focusout"]) toast.addEventListener(kind, () => run(toast));
run(toast);
}
function run(toast) {
const clock = clocks.get(toast);
if (!clock || document.hidden) return;
clearTimeout(clock.timer);
clock.since = performance.now();
clock.timer = setTimeout(() => dropToast(toast), clock.left);
toast.classList.remove("is-held");
}
function hold(toast) {
const clock = clocks.get(toast);
if (!clock) return;
clearTimeout(clock.timer);
clock.left -= clock.since ? performance.now() - clock.since : 0;
clock.since = 0;
toast.classList.add("is-held");
}
function dropToast(toast) {
clearTimeout(clocks.get(toast)?.timer);
clocks.delete(toast);
toast.remove();
}
function showToast({ text, undo, undoUrl, seconds = 6, error = false }) {
const toast = make("p", { class: error ? "toast is-error" : "toast", "data-toast": "", "data-seconds": seconds }, make("span", {}, text));
if (undo || undoUrl) {
const button = make("button", { type: "button", class: "link", "data-undo": "" }, `${words("undo")} `, make("kbd", {}, "Z"));
if (undoUrl) {
button.setAttribute("hx-post", undoUrl);
button.setAttribute("hx-swap", "none");
}
if (undo) button.addEventListener("click", undo);
toast.append(button);
}
toast.append(make("i", { class: "toast-time" }));
one("#toasts")?.append(toast);
enliven(toast);
}
const undoNewest = () => all("#toasts [data-undo]").at(-1)?.click();
on("look:toast", (event) => showToast(event.detail));
on("click", (event) => {
const undo = event.target.closest("[data-undo]");
const toast = undo?.closest("[data-toast]");
if (toast) {
toast.hidden = true;
setTimeout(() => dropToast(toast), 1000);
}
});
on("look:key", (event) => {
if (event.detail.key === "z" && one("#toasts [data-undo]")) {
event.preventDefault();
undoNewest();
}
});
on("visibilitychange", () => all("[data-toast]").forEach(document.hidden ? hold : run));
const shelf = one("#toasts");
if (shelf) {
all("[data-toast]", shelf).forEach(startClock);
new MutationObserver(() => {
all("[data-toast]", shelf).forEach(startClock);
all("[data-toast]", shelf).slice(0, -3).forEach(dropToast);
}).observe(shelf, { childList: true });
}
const SEQUENCE_MS = 900;
let first = "";
let firstTimer = 0;
const areKeysOn = () => root.dataset.singleKeys !== "off";
function setKeys(isOn) {
root.dataset.singleKeys = isOn ? "on" : "off";
keep("single-keys", root.dataset.singleKeys);
}
const keyOf = (event) => (event.shiftKey && /^[a-z]$/i.test(event.key) ? `shift+${event.key.toLowerCase()}` : event.key.toLowerCase());
const elementFor = (key) => all(`[data-key="${CSS.escape(key)}"]`).find(isUsable);
const startsSequence = (key) => one(`[data-key^="${CSS.escape(key)} "]`) !== null;
function press(element) {
if (isTyping(element)) element.focus();
else {
element.click();
if (element.matches("summary")) element.focus();
}
}
on("keydown", (event) => {
if (event.defaultPrevented || event.isComposing) return;
if (event.key === "Escape" && isTyping(event.target) && !event.target.closest("dialog")) return void event.target.blur();
if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey || one("dialog[open]") || !areKeysOn()) return;
if (["Enter", " "].includes(event.key) && event.target.closest("a, button, summary, input")) return;
const key = keyOf(event);
const whole = first ? `${first} ${key}` : key;
clearTimeout(firstTimer);
first = "";
const element = elementFor(whole);
if (element) {
event.preventDefault();
press(element);
} else if (startsSequence(whole)) {
first = whole;
firstTimer = setTimeout(() => { first = ""; }, SEQUENCE_MS);
} else if (key === "?") {
event.preventDefault();
openKeys();
} else {
const told = new CustomEvent("look:key", { detail: { key, target: event.target }, bubbles: true, cancelable: true });
if (!event.target.dispatchEvent(told)) event.preventDefault();
}
});
function openKeys() {
const sheet = one("#keys");
if (!sheet || sheet.open) return;
all("[data-key-found]", sheet).forEach((section) => section.remove());
all("[data-key-when]", sheet).forEach((section) => { section.hidden = !one(section.dataset.keyWhen); });
const groups = new Map();
const seen = new Set(["?"]);
for (const element of all("[data-key]")) {
const { key } = element.dataset;
if (seen.has(key)) continue;
seen.add(key);
const group = element.closest("[data-key-group]")?.dataset.keyGroup ?? (key.includes(" ") ? words("pages") : words("here"));
if (!groups.has(group)) groups.set(group, []);
groups.get(group).push([key, nameOf(element)]);
}
for (const [group, rows] of groups) {
const list = make("dl", {}, ...rows.flatMap(([key, name]) => [make("dt", {}, ...capsOf(key)), make("dd", {}, name)]));
one("#keys-groups").append(make("section", { "data-key-found": "" }, make("h3", {}, group), list));
}
one("[data-single-keys-switch]", sheet).checked = areKeysOn();
sheet.showModal();
}
function capsOf(key) {
const caps = { shift: "⇧", enter: "↵", escape: "Esc" };
return key.split(/[ +]/).flatMap((part, place) => [...(place ? [" "] : []), make("kbd", {}, caps[part] ?? part.toUpperCase())]);
}
on("click", (event) => { if (event.target.closest("[data-keys-open]")) openKeys(); });
on("change", (event) => { if (event.target.matches("[data-single-keys-switch]")) setKeys(event.target.checked); });
const palette = one("#palette");
const box = one("#palette-input");
const options = () => all("[role=option]", palette).filter((option) => option.checkVisibility?.() ?? true);
let opener = null;
function openPalette() {
if (!palette || palette.open || one("dialog[open]")) return;
opener = document.activeElement;
box.value = "";
palette.showModal();
showActions();
tell("look:palette-open", {}, box);
}
const fits = (name, typed) => typed.toLowerCase().split(/\s+/).every((word) => name.toLowerCase().includes(word));
function showActions() {
const found = [];
const seen = new Set();
for (const element of all("[data-key], [data-command]")) {
const name = nameOf(element);
if (!name || seen.has(name) || element.closest("dialog") || !(isUsable(element) || element.closest("details[data-menu]"))) continue;
if (!fits(name, box.value)) continue;
seen.add(name);
found.push(optionFor(element, name));
}
const local = one("#palette-local");
local.replaceChildren();
if (found.length) {
local.append(make("div", { role: "group", "aria-label": words("actions") }, make("h3", { "aria-hidden": "true" }, words("actions")), ...found.slice(0, 12)));
}
settle();
}
function closePalette() {
box.blur();
palette.close();
}
function optionFor(element, name) {
const picture = one("svg.icon", element)?.cloneNode(true);
picture?.setAttribute("class", "icon");
const option = make("button", { type: "button", role: "option", tabindex: "-1" }, ...(picture ? [picture] : []), make("span", {}, name));
if (element.dataset.key) option.append(make("span", { class: "push" }, ...capsOf(element.dataset.key)));
option.addEventListener("click", () => {
closePalette();
press(element);
});
return option;
}
function settle() {
const shown = options();
shown.forEach((option, place) => { option.id ||= `palette-option-${Date.now().toString(36)}-${place}`; });
if (!shown.some((option) => option.ariaSelected === "true")) chooseOption(shown[0]);
const none = one(".palette-none", palette);
none.textContent = words("nothing");
none.hidden = shown.length > 0;
}
function chooseOption(option) {
all("[aria-selected]", palette).forEach((other) => other.removeAttribute("aria-selected"));
if (!option) return void box.removeAttribute("aria-activedescendant");
option.setAttribute("aria-selected", "true");
box.setAttribute("aria-activedescendant", option.id);
option.scrollIntoView({ block: "nearest" });
}
function step(by) {
const shown = options();
const now = shown.findIndex((option) => option.ariaSelected === "true");
chooseOption(shown[(now + by + shown.length) % shown.length]);
}
if (palette) {
box.addEventListener("input", showActions);
palette.addEventListener("keydown", (event) => {
const moves = { ArrowDown: 1, ArrowUp: -1 };
if (moves[event.key]) step(moves[event.key]);
else if (event.key === "Escape") closePalette();
else if (event.key === "Enter") options().find((option) => option.ariaSelected === "true")?.click();
else return;
event.preventDefault();
});
palette.addEventListener("close", () => {
if (document.activeElement === document.body && opener?.isConnected) opener.focus();
});
on("look:swapped", (event) => { if (event.detail.source === box) settle(); });
on("click", (event) => { if (event.target.closest("[data-palette-open]")) openPalette(); });
on("keydown", (event) => {
if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
event.preventDefault();
openPalette();
}
});
on("look:key", (event) => {
if (event.detail.key !== "/") return;
event.preventDefault();
openPalette();
});
}
const LEAVE_MS = 190;
const state = { active: "", opened: "", chosen: new Set(), anchor: "" };
const left = new Map();
const rows = () => all("[data-list] [data-row]:not(.is-leaving)");
const linkOf = (row) => one(".row-link", row);
const rowOf = (id) => rows().find((row) => row.dataset.row === id);
const checkOf = (row) => one("[data-row-check]", row);
function activate(row, { focus = true } = {}) {
state.active = row.dataset.row;
for (const other of rows()) linkOf(other).tabIndex = other === row ? 0 : -1;
if (focus) linkOf(row).focus({ preventScroll: true });
row.scrollIntoView({ block: "nearest" });
}
function move(step) {
const shown = rows();
if (!shown.length) return;
const now = shown.findIndex((row) => row.dataset.row === state.active);
const next = shown[Math.min(shown.length - 1, Math.max(0, now < 0 ? 0 : now + step))];
activate(next);
if (next.closest("[data-list-follow]")) linkOf(next).click();
}
function opened(row) {
state.opened = row.dataset.row;
state.active = row.dataset.row;
markOpened();
row.classList.remove("is-unread");
document.body.classList.add("is-opened");
}
function markOpened() {
for (const row of rows()) {
if (row.dataset.row === state.opened) linkOf(row).setAttribute("aria-current", "true");
else linkOf(row).removeAttribute("aria-current");
}
}
function choose(row, isChosen) {
if (!checkOf(row)) return;
if (isChosen) state.chosen.add(row.dataset.row);
else state.chosen.delete(row.dataset.row);
state.anchor = row.dataset.row;
showChosen();
}
function chooseUpTo(row) {
const shown = rows();
const from = shown.findIndex((other) => other.dataset.row === (state.anchor || state.active));
const to = shown.indexOf(row);
for (const between of shown.slice(Math.min(from, to), Math.max(from, to) + 1)) state.chosen.add(between.dataset.row);
state.anchor = row.dataset.row;
showChosen();
}
function showChosen() {
for (const row of rows()) if (checkOf(row)) checkOf(row).checked = state.chosen.has(row.dataset.row);
const count = state.chosen.size;
all("[data-list]").forEach((list) => list.classList.toggle("is-selecting", count > 0));
all("[data-bulk]").forEach((bar) => { bar.hidden = count === 0; });
all("[data-bulk-count]").forEach((place) => { place.textContent = String(count); });
tell("look:chosen", { ids: [...state.chosen] });
}
function clearChosen() {
state.chosen.clear();
showChosen();
}
function leave(row, source) {
const shown = rows();
const next = shown[shown.indexOf(row) + 1] ?? shown[shown.indexOf(row) - 1];
const wasOpened = row.dataset.row === state.opened;
row.classList.add("is-leaving");
state.chosen.delete(row.dataset.row);
const timer = setTimeout(() => {
left.set(source, [...(left.get(source) ?? []), { row, parent: row.parentElement, before: row.nextElementSibling }]);
row.remove();
}, LEAVE_MS);
row.dataset.leaving = String(timer);
if (wasOpened && next) {
activate(next, { focus: false });
setTimeout(() => linkOf(next).click());
} else if (wasOpened) document.body.classList.remove("is-opened");
showChosen();
}
function comeBack(source) {
for (const { row, parent, before } of left.get(source)?.reverse() ?? []) {
row.classList.remove("is-leaving");
if (parent.isConnected) parent.insertBefore(row, before?.isConnected ? before : null);
}
left.delete(source);
}
function settleRows() {
const shown = rows();
if (!shown.length) return showChosen();
const current = shown.find((row) => linkOf(row).hasAttribute("aria-current"));
if (current && !state.opened) state.opened = current.dataset.row;
const ids = new Set(shown.map((row) => row.dataset.row));
state.chosen = new Set([...state.chosen].filter((id) => ids.has(id)));
if (!ids.has(state.active)) state.active = ids.has(state.opened) ? state.opened : shown[0].dataset.row;
for (const row of shown) linkOf(row).tabIndex = row.dataset.row === state.active ? 0 : -1;
if (ids.has(state.opened)) markOpened();
showChosen();
}
on("look:key", (event) => {
const row = rowOf(event.detail.target.closest?.("[data-row]")?.dataset.row ?? state.active);
const acts = {
j: () => move(1),
k: () => move(-1),
enter: () => row && linkOf(row).click(),
x: () => row && choose(row, !state.chosen.has(row.dataset.row)),
"shift+x": () => row && chooseUpTo(row),
escape: () => state.chosen.size && clearChosen(),
};
if (!acts[event.detail.key] || !rows().length) return;
event.preventDefault();
acts[event.detail.key]();
});
on("keydown", (event) => {
const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
if (!step || !event.target.closest?.("[data-list] .row-link")) return;
event.preventDefault();
move(step);
});
on("click", (event) => {
const row = event.target.closest("[data-list] [data-row]");
const check = event.target.closest("[data-row-check]");
if (row && check) {
if (event.shiftKey) chooseUpTo(row);
else choose(row, check.checked);
} else if (row && event.target.closest(".row-link") && !event.ctrlKey && !event.metaKey) opened(row);
if (event.target.closest("[data-bulk-clear]")) clearChosen();
if (event.target.closest("[data-bulk-all]")) {
rows().forEach((each) => state.chosen.add(each.dataset.row));
showChosen();
}
const leaver = event.target.closest("[data-row-leave]");
if (leaver) {
const chosen = leaver.dataset.rowLeave === "chosen" ? [...state.chosen] : [leaver.closest("[data-row]")?.dataset.row ?? state.opened];
chosen.map(rowOf).filter(Boolean).forEach((each) => leave(each, leaver.closest("form") ?? leaver));
}
const back = event.target.closest("[data-back]");
if (back) {
event.preventDefault();
document.body.classList.remove("is-opened");
if (back.href) history.replaceState(null, "", back.href);
}
});
on("look:sent", (event) => left.delete(event.detail.source));
on("look:failed", (event) => comeBack(event.detail.source));
on("look:swapped", settleRows);
settleRows();
on("change", (event) => {
const form = event.target.closest("form[data-autosubmit]");
if (form && event.target.matches("select, [type=checkbox], [type=radio], [type=date]")) form.requestSubmit();
});
on("input", (event) => {
const { narrow } = event.target.dataset;
if (!narrow) return;
const typed = event.target.value.trim().toLowerCase();
for (const item of all("[data-narrow-item]", one(narrow))) item.hidden = !item.textContent.toLowerCase().includes(typed);
});
const NEAR = 260;
const shownKeys = new WeakMap();
const gapOf = (log) => log.scrollHeight - log.scrollTop - log.clientHeight;
function toEnd(log, smooth = false) {
log.scrollTo({ top: log.scrollHeight, behavior: smooth ? "smooth" : "instant" });
}
function settleLogs() {
for (const log of all("[data-scroll-end]")) {
const isNew = shownKeys.get(log) !== log.dataset.scrollEnd;
shownKeys.set(log, log.dataset.scrollEnd);
const target = isNew && (one(":target", log) ?? one("[data-scroll-here]", log));
if (target) target.scrollIntoView({ block: "start" });
else if (isNew) toEnd(log);
else if (gapOf(log) < NEAR) toEnd(log, true);
}
}
on("look:swapped", settleLogs);
settleLogs();
const readable = (bytes) => {
const [size, unit] = bytes < 1e6 ? [bytes / 1e3, "kB"] : [bytes / 1e6, "MB"];
return `${size.toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 })} ${unit}`;
};
function setFiles(picker, files) {
const held = new DataTransfer();
files.forEach((file) => held.items.add(file));
picker.files = held.files;
}
function addFiles(form, added) {
const picker = one("[data-files]", form);
if (!picker) return;
const limit = Number(picker.dataset.maxBytes ?? Infinity);
const fitting = [...added].filter((file) => file.size <= limit);
if (fitting.length < added.length) tell("look:toast", { text: words("tooLarge"), error: true });
setFiles(picker, [...picker.files, ...fitting]);
showFiles(form, picker);
}
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
on("keydown", (event) => {
if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.isComposing || !event.target.matches?.("[data-composer] [data-alt]")) return;
event.preventDefault();
one("[data-editor]", event.target.form).focus();
});
const keyOfDraft = (form) => `draft:${form.dataset.composer}`;
const editorOf = (form) => one("[data-editor]", form);
function fit(editor) {
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
if (!event.isTrusted) editorOf(mode.form).focus();
});
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
const SIGNS = [
{ sign: "@", url: "mentionUrl", before: /(?:^|\s)@([\p{L}\d._-]{0,30})$/u, put: (found) => `${found.text ?? `@${found.label}`} ` },
{ sign: "/", url: "cannedUrl", before: /(?:^|\n)\/([^\n/]{0,30})$/, put: (found) => found.text },
];
const WAIT_MS = 110;
let menu = null;
let asked = 0;
let wait = 0;
function closeSuggest() {
asked += 1;
menu?.editor.removeAttribute("aria-activedescendant");
menu?.box.remove();
menu = null;
}
function lookUp(form, editor) {
const before = editor.value.slice(0, editor.selectionStart);
const kind = SIGNS.find(({ before: shape, url }) => form.dataset[url] && shape.test(before));
clearTimeout(wait);
if (!kind) return closeSuggest();
const typed = before.match(kind.before)[1];
asked += 1;
const turn = asked;
wait = setTimeout(async () => {
const url = new URL(form.dataset[kind.url], location.href);
url.searchParams.set("q", typed);
const answer = await fetch(url, { headers: { Accept: "application/json" } }).catch(() => null);
const found = answer?.ok ? await answer.json() : [];
if (turn === asked && document.activeElement === editor) showSuggest(form, editor, kind, typed, found);
}, WAIT_MS);
}
function showSuggest(form, editor, kind, typed, found) {
closeSuggest();
if (!found.length) return;
const options = found.slice(0, 8).map((each, place) =>
make("div", { role: "option", id: `suggest-${place}` }, make("span", {}, each.label), ...(each.note ? [make("small", {}, each.note)] : [])));
const box = make("div", { class: "suggest", role: "listbox", id: "suggest" }, ...options);
menu = { form, editor, kind, typed, found, options, box, at: 0 };
options.forEach((option, place) => option.addEventListener("pointerdown", (event) => {
event.preventDefault();
take(place);
}));
form.append(box);
editor.setAttribute("aria-controls", "suggest");
point(0);
}
function point(place) {
menu.at = (place + menu.options.length) % menu.options.length;
menu.options.forEach((option, each) => option.setAttribute("aria-selected", String(each === menu.at)));
menu.editor.setAttribute("aria-activedescendant", menu.options[menu.at].id);
menu.options[menu.at].scrollIntoView({ block: "nearest" });
}
function take(place) {
const { editor, kind, typed, found } = menu;
const end = editor.selectionStart;
editor.setRangeText(kind.put(found[place]), end - typed.length - kind.sign.length, end, "end");
closeSuggest();
editor.dispatchEvent(new Event("input", { bubbles: true }));
editor.focus();
}
on("input", (event) => {
const form = event.target.closest("[data-composer]");
if (form && event.target.matches("[data-editor]")) lookUp(form, event.target);
});
on("keydown", (event) => {
if (!menu || event.target !== menu.editor || event.ctrlKey || event.metaKey) return;
const acts = {
ArrowDown: () => point(menu.at + 1),
ArrowUp: () => point(menu.at - 1),
Enter: () => take(menu.at),
Tab: () => take(menu.at),
Escape: closeSuggest,
};
if (!acts[event.key]) return;
event.preventDefault();
acts[event.key]();
}, { capture: true });
on("focusout", (event) => { if (menu?.editor === event.target) closeSuggest(); });
on("click", (event) => {
const button = event.target.closest("[data-composer] [data-insert]");
if (!button) return;
const editor = editorOf(button.closest("[data-composer]"));
const before = editor.value.slice(0, editor.selectionStart);
const sign = button.dataset.insert;
const gap = !before || /\s$/.test(before) ? "" : sign === "/" ? "\n" : " ";
editor.focus();
editor.setRangeText(gap + (sign === "/" && before && !before.endsWith("\n") && !gap ? "\n" : "") + sign, editor.selectionStart, editor.selectionEnd, "end");
editor.dispatchEvent(new Event("input", { bubbles: true }));
});
on("look:swapped", () => { if (menu && !all("[data-composer]").includes(menu.form)) closeSuggest(); });
const LEASE_MS = 5000;
const RENEW_MS = 1500;
function lead(name, start) {
if (navigator.locks) {
navigator.locks.request(name, () => new Promise(() => { start(); }));
return;
}
const mine = Math.random().toString(36).slice(2);
let stop = null;
const turn = () => {
const [owner, until] = (localStorage.getItem(name) ?? " 0").split(" ");
if (owner !== mine && Number(until) > Date.now()) {
stop?.();
stop = null;
return;
}
localStorage.setItem(name, `${mine} ${Date.now() + LEASE_MS}`);
stop ??= start();
};
turn();
setInterval(turn, RENEW_MS);
addEventListener("pagehide", () => { if (stop) localStorage.removeItem(name); });
}
const POLL_MS = 5000;
const STREAM_AGAIN_MS = 60000;
const TRIES_BEFORE_POLLING = 3;
const KEPT = 300;
const place = one("#live");
const me = Math.random().toString(36).slice(2);
const kept = [];
let last = "";
let isOnline = true;
let tries = 0;
function showNet(isOn) {
if (isOn === isOnline) return;
isOnline = isOn;
const banner = one("#offline");
if (banner) banner.hidden = isOn;
tell(isOn ? "live:online" : "live:offline");
}
function hear(message) {
if (message.to && message.to !== me) return;
if ("online" in message) return showNet(message.online);
if (!message.kind) return;
if (message.id) last = message.id;
kept.push(message);
if (kept.length > KEPT) kept.shift();
tell(`live:${message.kind}`, message.data ?? {});
}
function withAfter(address) {
const url = new URL(address, location.href);
if (last) url.searchParams.set("after", last);
return url;
}
function parsed(text) {
try { return JSON.parse(text); } catch { return null; }
}
function startStream({ url, say, kinds, onLost }) {
const source = new EventSource(withAfter(url), { withCredentials: true });
source.onopen = () => {
tries = 0;
say({ online: true });
};
source.onmessage = (event) => {
const message = parsed(event.data);
if (message) say({ id: event.lastEventId || message.id, kind: message.kind ?? "changed", data: message.data ?? message });
};
for (const kind of kinds) source.addEventListener(kind, (event) => say({ id: event.lastEventId, kind, data: parsed(event.data) ?? {} }));
source.onerror = () => {
if (source.readyState === EventSource.CLOSED) onLost();
else say({ online: false });
};
return source;
}
async function poll(url, say) {
const answer = await fetch(withAfter(url), { headers: { Accept: "application/json" }, cache: "no-store" }).catch(() => null);
if (!answer?.ok) return say({ online: false });
const { events = [], last: newest } = await answer.json();
for (const event of events) say({ id: String(event.id), kind: event.kind, data: event.data });
if (newest) last = String(newest);
say({ online: true });
}
function read(say) {
const { liveUrl, pulseUrl, liveKinds } = place.dataset;
const kinds = (liveKinds ?? "").split(/[\s,]+/).filter(Boolean);
let source = null;
let again = 0;
let pulse = 0;
const stopPolling = () => { clearInterval(pulse); pulse = 0; };
const startPolling = () => {
if (pulse || !pulseUrl) return;
poll(pulseUrl, say);
pulse = setInterval(() => poll(pulseUrl, say), POLL_MS);
};
const onLost = () => {
tries += 1;
const polls = pulseUrl && tries >= TRIES_BEFORE_POLLING;
if (polls) startPolling();
else say({ online: false });
const pause = polls ? STREAM_AGAIN_MS : Math.min(30000, 800 * 2 ** (tries - 1));
clearTimeout(again);
again = setTimeout(connect, pause * (0.7 + Math.random() * 0.6));
};
function connect() {
source?.close();
source = startStream({ url: liveUrl, kinds, onLost, say: (message) => { if (message.online) stopPolling(); say(message); } });
}
if (liveUrl) connect();
else startPolling();
return () => {
source?.close();
clearTimeout(again);
stopPolling();
};
}
if (place) {
last = place.dataset.liveAfter ?? "";
const channel = new BroadcastChannel("samspil-live");
let isLeading = false;
const say = (message) => {
channel.postMessage(message);
hear(message);
};
channel.onmessage = ({ data }) => {
if (!data.hello) return hear(data);
if (!isLeading) return;
const from = kept.findIndex((message) => String(message.id) === data.after);
for (const message of kept.slice(from + 1)) channel.postMessage({ ...message, to: data.hello });
channel.postMessage({ online: isOnline, to: data.hello });
};
lead("samspil-live", () => {
isLeading = true;
place.dataset.leading = "true";
const stop = read(say);
return () => {
isLeading = false;
delete place.dataset.leading;
stop();
};
});
channel.postMessage({ hello: me, after: last });
addEventListener("offline", () => showNet(false));
}

})();
