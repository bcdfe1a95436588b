// While one writes @ or, first on a line, / in a composer: a menu from data-mention-url or data-canned-url.
// They answer JSON: [{"label": "...", "note": "...", "text": "what to put in"}]; ?q= is what has been typed after the sign.
import { all, make, on } from "./dom.js";
import { editorOf } from "./composer.js";

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

// Buttons that write the sign, for those who do not know it or have no keyboard.
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
