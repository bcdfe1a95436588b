// News for me: a toast, and on the screen of the machine where one has asked for that.
import { all, desk, isVisible, on, one, tell } from "./dom.js";
import { showCounts } from "./counts.js";

let told = "";

export async function tellNews() {
  const answer = await fetch(desk.dataset.latestUrl, { headers: { Accept: "application/json" } }).catch(() => null);
  const news = answer?.ok ? await answer.json() : {};
  if (typeof news.count === "number") showCounts({ news: news.count });
  if (!news.text || news.id === told) return;
  told = news.id;
  if (isVisible()) tell("look:toast", { text: news.text, seconds: 8 });
  const isMine = one("#live")?.dataset.leading && desk.dataset.mayNotify === "yes";
  if (isVisible() || !isMine || window.Notification?.permission !== "granted") return;
  const shown = new Notification(news.text, { tag: news.id });
  shown.onclick = () => { focus(); location.href = news.href; };
}

on("look:swapped", () => {
  for (const asker of all("[data-ask-permission]")) asker.hidden = window.Notification?.permission !== "default";
});
on("click", (event) => {
  if (event.target.closest("[data-ask-permission]")) Notification.requestPermission();
});
on("desk:news", ({ detail }) => showCounts({ news: detail.unseen }));
// What a lead does with my hours is news of no conversation.
on("live:changed", ({ detail }) => {
  if (desk && detail.kind === "hours.hours_changed" && detail.colleague === desk.dataset.me) tellNews();
});
