// The head says how long is left: asked for anew each minute, and when it is heard that it is due at another time.
import { enliven, isVisible, on, one, part, together } from "./dom.js";

const DUE_MS = 60000;

export const refreshDue = together(250, async () => {
  const old = one("#due");
  const fresh = old && one("#due", (await part(old.dataset.dueUrl)) ?? document.createElement("body"));
  if (fresh && !old.open && old.isConnected) old.replaceWith(enliven(fresh));
});

setInterval(() => { if (isVisible() && one("#due:not([hidden], [open])")) refreshDue(["due"]); }, DUE_MS);
on("visibilitychange", () => { if (isVisible() && one("#due:not([hidden], [open])")) refreshDue(["due"]); });
