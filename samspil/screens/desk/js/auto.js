// What is about to be sent by itself stands above the composer: looked at anew when something is planned, stopped or written there.
import { on, one } from "./dom.js";

const TELLS = new Set(["assist.answer_planned", "reply.reply_written"]);

on("live:changed", ({ detail }) => {
  if (TELLS.has(detail.kind) && detail.conversation) one(`[id="auto-${detail.conversation}"]`)?.dispatchEvent(new Event("auto:look"));
});
