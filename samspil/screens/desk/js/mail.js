// Mails that lay themselves out stand in frames without scripts; the frame is as high as its mail.
import { all, on, one } from "./dom.js";

const HIGHEST = 12000;
const fitted = new WeakSet();

function fitFrame(frame) {
  const page = frame.contentDocument?.documentElement;
  if (!page) return;
  frame.style.blockSize = `${Math.min(HIGHEST, Math.max(48, page.getBoundingClientRect().height))}px`;
}

function settleFrames() {
  for (const frame of all("[data-mail-frame]")) {
    if (fitted.has(frame)) continue;
    fitted.add(frame);
    frame.addEventListener("load", () => {
      const log = frame.closest("[data-scroll-end]");
      const atEnd = log && log.scrollHeight - log.scrollTop - log.clientHeight < 260;
      fitFrame(frame);
      new ResizeObserver(() => fitFrame(frame)).observe(frame.contentDocument.body);
      if (atEnd) log.scrollTop = log.scrollHeight;
    });
    if (frame.contentDocument?.readyState === "complete") fitFrame(frame);
  }
}

on("click", (event) => {
  const shower = event.target.closest("[data-show-images]");
  const frame = shower && one("[data-mail-frame]", shower.closest("article"));
  if (!frame) return;
  frame.src = `${frame.getAttribute("src").split("?")[0]}?images=1`;
  shower.parentElement.remove();
});

// What says it is a picture and is none, is a file to be saved.
on("error", (event) => {
  if (!event.target.matches?.("[data-shot]")) return;
  const link = event.target.closest("a");
  link.className = "file";
  link.replaceChildren(link.title || event.target.alt);
}, { capture: true });

on("look:swapped", settleFrames);
settleFrames();
