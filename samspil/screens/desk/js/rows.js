// Rows of the list that changed: asked for by id, put where they belong, taken away when they belong here no more.
import { all, enliven, on, one, part, tell, together } from "./dom.js";
import { showCounts } from "./counts.js";

const list = () => one("#rows");
const rowOf = (id) => one(`#rows > [data-row="${CSS.escape(id)}"]`);
const timeOf = (row) => BigInt(row.dataset.at);
const openedId = () => one("#timeline")?.dataset.conversation ?? "";

export const refreshRows = together(250, async (ids) => {
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
  // Older than all that is loaded, and there is more to load: it will come with its page.
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

// A list that was left alone for long asks for itself: waiting times grow, and a signal may have been lost.
export async function refreshList() {
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
