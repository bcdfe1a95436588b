// What is heard of changes, from the event stream or from an answer to one's own act, becomes one refetch.
import { desk, isVisible, on, one } from "./dom.js";
import { refreshList, refreshRows } from "./rows.js";
import { refreshDue } from "./due.js";
import { opened, refreshPerson, refreshThread, refreshWays } from "./thread.js";
import { tellNews } from "./news.js";

const STALE_MS = 120000;
const PERSON_AFTER_MS = 1000; // the words first, then what stands beside them
const ROWS_AFTER_MS = 250; // the longest that the list waits for the thread
let listed = Date.now();

// What adds at the end and leaves the head as it is.
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
  // Asked for at the same time, the two would share one process of the server, and the words that one waits for came last.
  if (first) Promise.race([first, new Promise((go) => { setTimeout(go, ROWS_AFTER_MS); })]).then(() => refreshRows(known));
  else refreshRows(known);
}

// Every desk hears of everybody: only the person whose conversation is open is asked for anew.
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
