// What is heard of changes, from the event stream or from an answer to one's own act, becomes one refetch.
import { desk, isVisible, on } from "./dom.js";
import { refreshList, refreshRows } from "./rows.js";
import { opened, refreshPerson, refreshThread } from "./thread.js";
import { tellNews } from "./news.js";

const STALE_MS = 120000;
let listed = Date.now();

// What adds at the end and leaves the head as it is.
const ADDS = new Set(["conversation.message_joined", "conversation.note_written", "reply.reply_written"]);

function changed(ids, kind = "") {
  const known = ids.filter(Boolean);
  if (!known.length) return;
  const isRead = kind === "conversation.conversation_read" || kind === "conversation.colleague_notified";
  if (known.includes(opened()) && !isRead) refreshThread([ADDS.has(kind) ? "few" : "all"]);
  refreshRows(known);
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
    if (kind.startsWith("identity.")) return void refreshPerson();
    changed(kind === "conversation.conversations_merged" ? [detail.kept_conversation, detail.absorbed] : [detail.conversation], kind);
    if (kind === "conversation.colleague_notified") tellNews();
  });
  on("live:reset", everything);
  on("live:online", everything);
  setInterval(() => { if (isVisible() && Date.now() - listed > STALE_MS) everything(); }, 10000);
  on("visibilitychange", () => { if (isVisible() && Date.now() - listed > STALE_MS) everything(); });
}
