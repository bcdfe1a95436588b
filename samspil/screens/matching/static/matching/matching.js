// The pile of pairs: the next ones lie behind the one that is shown, so that an answer needs no waiting. The answer goes out at once;
// if the server refuses it, the pair comes back. Keys press the buttons that declare them (data-key), as everywhere.
(() => {
"use strict";
const page = document.querySelector("#matching");
const pile = document.querySelector("#pile");
if (!page || !pile) return;
const end = document.querySelector("#pile-end");
const said = document.querySelector("#matching-said");
const undo = document.querySelector("#undo-last");
const AHEAD = 2;
const wait = { going: 0, wantsUndo: false, wantsRest: false };
const aside = new Map(); // how often each pair was put aside in this sitting
const PATIENCE = 2;
const state = { done: Number(page.dataset.done), left: Number(page.dataset.left), shown: pile.querySelector("[data-pair]") };

const pairs = () => [...pile.querySelectorAll("[data-pair]:not([data-answered])")];
const nowAt = () => pairs().indexOf(state.shown);

function progress() {
  const place = Math.max(0, nowAt());
  const all = state.done + state.left;
  const words = page.dataset.progress.replace("{n}", Math.min(state.done + place + 1, all)).replace("{all}", all);
  const line = page.querySelector("[data-progress-words]");
  if (line) line.textContent = words;
  const bar = page.querySelector("#progress");
  if (bar) { bar.max = Math.max(all, 1); bar.value = state.done; }
  return words;
}

function show(pair, { words = "", focus = true } = {}) {
  for (const other of pile.querySelectorAll("[data-pair]")) other.hidden = other !== pair;
  state.shown = pair;
  end.hidden = Boolean(pair);
  const place = progress();
  if (pair) {
    if (focus) pair.querySelector("h2").focus({ preventScroll: true });
    page.scrollTo({ top: 0 });
    said.textContent = `${words} ${place}`.trim();
    if (pairs().length - 1 - nowAt() < AHEAD) askMore();
  } else {
    if (!askMore()) askRest();
    end.querySelector("[data-skipped]").hidden = !pairs().length;
    said.textContent = `${words} ${end.querySelector("h2")?.textContent ?? ""}`.trim();
    if (focus) end.focus({ preventScroll: true });
  }
}

function askMore() {
  const more = pile.querySelector("[data-more]:not([data-asked])");
  if (more) {
    more.dataset.asked = "1";
    more.dispatchEvent(new CustomEvent("more"));
  }
  return Boolean(more);
}

// At the end of the pile: what was put aside comes back last, and what was found meanwhile comes too.
function askRest() {
  wait.wantsRest = wait.going > 0;
  if (!wait.wantsRest) page.querySelector("[data-rest]").dispatchEvent(new CustomEvent("more"));
}

const next = () => pairs()[nowAt() + 1] ?? null;

pile.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-answer]");
  const pair = form?.closest("[data-pair]");
  if (!pair) return;
  if (pair.dataset.answered) return void event.preventDefault();
  const verdict = event.submitter?.value ?? "";
  const after = next() ?? null;
  pair.dataset.answered = verdict;
  wait.going += 1;
  undo.hidden = false;
  if (verdict === "unsure") aside.set(pair.dataset.pair, (aside.get(pair.dataset.pair) ?? 0) + 1);
  else { state.done += 1; state.left -= 1; }
  show(after, { words: event.submitter?.dataset.said ?? "" });
});

function pairOf(event) {
  const source = event.detail?.source;
  return source?.closest?.("[data-pair]");
}

document.addEventListener("look:sent", (event) => {
  const pair = pairOf(event);
  if (!pair?.dataset.answered) return;
  pair.remove();
  arrived();
});

document.addEventListener("look:failed", (event) => {
  const pair = pairOf(event);
  if (!pair?.dataset.answered) return;
  if (pair.dataset.answered !== "unsure") { state.done -= 1; state.left += 1; }
  delete pair.dataset.answered;
  wait.wantsUndo = false; // what was to be undone has not happened
  show(pair);
  arrived();
  const text = document.querySelector("#texts")?.dataset.failed ?? "";
  if (!event.detail.status) document.dispatchEvent(new CustomEvent("look:toast", { detail: { text, error: true } }));
});

// An undo that is pressed while an answer is on its way is about that answer: it waits for it.
function arrived() {
  wait.going -= 1;
  if (wait.going) return;
  if (wait.wantsUndo) {
    wait.wantsUndo = false;
    undo.click();
  }
  if (wait.wantsRest && !state.shown) askRest();
}

undo.addEventListener("click", (event) => {
  if (!wait.going) return;
  event.preventDefault();
  wait.wantsUndo = true;
});

pile.addEventListener("click", (event) => {
  const step = event.target.closest("[data-step]");
  if (!step || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const to = pairs()[nowAt() + Number(step.dataset.step)];
  if (to) show(to);
  else if (Number(step.dataset.step) > 0) show(null);
});

end.addEventListener("click", (event) => {
  if (event.target.closest("[data-again]")) show(pairs()[0] ?? null);
});

// What comes later: the next pairs, or one that was taken back and is to be seen at once.
new MutationObserver((changes) => {
  const fresh = changes.flatMap((c) => [...c.addedNodes]).filter((n) => n.matches?.("[data-pair]"));
  if (!fresh.length) return;
  for (const pair of fresh) {
    const twice = pile.querySelectorAll(`[data-pair="${CSS.escape(pair.dataset.pair)}"]`);
    const isTired = (aside.get(pair.dataset.pair) ?? 0) >= PATIENCE;
    if ((twice.length > 1 || isTired) && !pair.hasAttribute("data-back")) pair.remove();
    else if (twice.length > 1) for (const old of twice) if (old !== pair) old.remove();
  }
  const back = fresh.find((pair) => pair.hasAttribute("data-back"));
  if (back) {
    aside.delete(back.dataset.pair);
    back.removeAttribute("data-back");
    if (back.dataset.wasDone) { state.done = Math.max(0, state.done - 1); state.left += 1; }
    show(back);
  } else if (state.shown) progress();
  else {
    const first = fresh.find((pair) => pair.isConnected);
    if (first) show(first, { focus: document.activeElement === end || document.activeElement === document.body });
    else askMore();
  }
}).observe(pile, { childList: true });

// A key that is held down answers once.
document.addEventListener("keydown", (event) => {
  if (event.repeat && ["s", "a", "d", "z", "enter"].includes(event.key.toLowerCase()) && !event.target.closest("dialog, textarea, [type=search]")) event.preventDefault();
}, true);

// Enter says «the same» where the focus is on nothing that Enter presses itself; K at the end goes back to the last pair.
document.addEventListener("look:key", (event) => {
  const { key } = event.detail;
  if (key === "enter" && state.shown) {
    event.preventDefault();
    state.shown.querySelector("[data-key=s]").click();
  } else if (key === "k" && !state.shown && pairs().length) {
    event.preventDefault();
    show(pairs().at(-1));
  }
});

progress();
})();
