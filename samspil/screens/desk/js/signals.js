// What is heard of changes, from the event stream or from an answer to one's own act, becomes one refetch.
import { desk, isVisible, on } from "./dom.js";
import { refreshList, refreshRows } from "./rows.js";
import { opened, refreshPerson, refreshThread } from "./thread.js";
import { tellNews } from "./news.js";

const STALE_MS = 120000;
let listed = Date.now();

function changed(ids) {
  const known = ids.filter(Boolean);
  if (!known.length) return;
  if (known.includes(opened())) refreshThread([opened()]);
  refreshRows(known);
}

function everything() {
  listed = Date.now();
  refreshList();
  if (opened()) refreshThread([opened()]);
}

if (desk) {
  on("desk:changed", ({ detail }) => changed(detail.ids));
  on("live:changed", ({ detail }) => {
    const kind = detail.kind ?? "";
    if (kind.startsWith("identity.")) return void refreshPerson();
    changed(kind === "conversation.conversations_merged" ? [detail.kept_conversation, detail.absorbed] : [detail.conversation]);
    if (kind === "conversation.colleague_notified") tellNews();
  });
  on("live:reset", everything);
  on("live:online", everything);
  setInterval(() => { if (isVisible() && Date.now() - listed > STALE_MS) everything(); }, 10000);
  on("visibilitychange", () => { if (isVisible() && Date.now() - listed > STALE_MS) everything(); });
}
