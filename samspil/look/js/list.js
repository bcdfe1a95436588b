// <ul data-list> of <li data-row="ID"> with <a class="row-link"> and, where rows can be chosen, <input type="checkbox" data-row-check>.
// One row is a tab stop (roving tabindex); J/K move, Enter opens (it is a link), X chooses, Shift+X chooses up to here.
// All of it is kept by id, so it survives that the server morphs or replaces the list.
import { all, on, one, tell } from "./dom.js";

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

// Optimistic: the row leaves at once and the next one opens; if the server says no, it comes back where it was.
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
    // After the request of the button has been read from the page: opening swaps the button away.
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
