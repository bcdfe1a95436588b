// The opened thread: what is new is put in by id, what is the same is left alone, so that nothing one reads or writes moves.
import { all, desk, enliven, isVisible, me, on, one, part, post, tell, together, words } from "./dom.js";
import { carry } from "./aside.js";

const SEEN_MS = 400;
const HERE_MS = 25000;
const HERE_KEPT = 45000;
const TYPING_MS = 6000;
const PERSON_MS = 2000;
const timeline = () => one("#timeline");
export const opened = () => timeline()?.dataset.conversation ?? "";
let shown = null;
let head = "";
let seenTimer = 0;
const others = new Map();

// Asked for with "few" when only the end can have changed, else with "all".
export const refreshThread = together(250, async (wishes) => {
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
  // Days and the line above what is new stand where the whole page put them: the few do not know what is above them.
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
    // A note that one is changing stays as one left it.
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

// The few are all new: something was missed, so the whole page is asked for once.
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
// A visitor who writes is told of without a name: it stands in the head.
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

export const refreshPerson = together(PERSON_MS, async () => {
  const here = timeline();
  const answer = here && await part(here.dataset.personUrl);
  const column = one("#person");
  if (!answer || !column || timeline() !== here) return;
  column.replaceChildren(...answer.childNodes);
  enliven(column);
});
on("desk:person", () => refreshPerson(["person"]));

// What is known of the person has changed: there may be another way to answer. The way that is chosen stays chosen.
export const refreshWays = together(PERSON_MS, async () => {
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
