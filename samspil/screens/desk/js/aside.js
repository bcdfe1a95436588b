// Asking colleagues, and answering them: the panel, the aside beside the messages, «Asked of me» and the page of one alone.
import { all, desk, enliven, isVisible, on, one, post, tell, together } from "./dom.js";
import { showCounts } from "./counts.js";

const asidesPlace = () => one("[data-asides]");

// What was typed while the panel came: whom it reaches is asked for now.
on("look:swapped", ({ detail }) => {
  const text = one("#ask[open] [name=text]");
  if (text?.value && detail.source?.matches?.("[data-dialog=ask]")) text.dispatchEvent(new Event("input", { bubbles: true }));
});

on("look:sent", ({ target }) => {
  if (target.matches?.("[data-ask-form]")) target.closest("dialog").close();
  // Emptied before the fresh one comes, which would take over what stands in it.
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

// A colleague's words in the composer, to be made one's own: whose they were stands above them until it is sent.
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

// What one has begun to write in an aside, and whether it is folded, goes over into its fresh markup.
export function carry(old, fresh) {
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

// Looked at, in a tab that is in view.
const seenAside = () => {
  const url = asidesPlace()?.dataset.seenUrl;
  if (url && isVisible()) post(url);
};
on("visibilitychange", seenAside);
seenAside();

// What one has asked comes into view, as soon as the thread has it.
on("desk:asked", ({ detail }) => {
  let tries = 20;
  const look = () => {
    const asked = document.getElementById(`a-${detail.aside}`);
    if (asked) asked.scrollIntoView({ block: "nearest" });
    else if (tries--) setTimeout(look, 150);
  };
  look();
});

// The address names one: it is opened and shown.
function showNamed() {
  const named = /^#a-[\da-f-]+$/.test(location.hash) && one(location.hash);
  const folded = named && one("details.aside", named);
  if (!folded) return;
  folded.open = true;
  named.scrollIntoView({ block: "center" });
}
addEventListener("load", () => setTimeout(showNamed, 60));
addEventListener("hashchange", showNamed);
