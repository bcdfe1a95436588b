// One event stream per browser, not per tab: with one each, the seventh tab stalls on HTTP/1.1. The tab that holds the lock reads the
// stream and tells the others over a BroadcastChannel. Every event is dispatched on `document` as `live:<kind>` with its data as detail.
//
// An event is {id, kind, data}: as SSE either unnamed with that as JSON, or named by a kind of data-live-kinds with the data alone as JSON.
// data-live-after is the id the page's HTML is true to: what came later is replayed, by ?after= and by Last-Event-ID.
import { one, tell } from "./dom.js";
import { lead } from "./leader.js";

const POLL_MS = 5000;
const STREAM_AGAIN_MS = 60000;
const TRIES_BEFORE_POLLING = 3;
const KEPT = 300;
const place = one("#live");
const me = Math.random().toString(36).slice(2);
const kept = [];
let last = "";
let isOnline = true;
let tries = 0;

function showNet(isOn) {
  if (isOn === isOnline) return;
  isOnline = isOn;
  const banner = one("#offline");
  if (banner) banner.hidden = isOn;
  tell(isOn ? "live:online" : "live:offline");
}

function hear(message) {
  if (message.to && message.to !== me) return;
  if ("online" in message) return showNet(message.online);
  if (!message.kind) return;
  if (message.id) last = message.id;
  kept.push(message);
  if (kept.length > KEPT) kept.shift();
  tell(`live:${message.kind}`, message.data ?? {});
}

function withAfter(address) {
  const url = new URL(address, location.href);
  if (last) url.searchParams.set("after", last);
  return url;
}

function parsed(text) {
  try { return JSON.parse(text); } catch { return null; }
}

function startStream({ url, say, kinds, onLost }) {
  const source = new EventSource(withAfter(url), { withCredentials: true });
  source.onopen = () => {
    tries = 0;
    say({ online: true });
  };
  source.onmessage = (event) => {
    const message = parsed(event.data);
    if (message) say({ id: event.lastEventId || message.id, kind: message.kind ?? "changed", data: message.data ?? message });
  };
  for (const kind of kinds) source.addEventListener(kind, (event) => say({ id: event.lastEventId, kind, data: parsed(event.data) ?? {} }));
  // The browser retries a stream it once had; one that was refused at first stays closed and is left to us.
  source.onerror = () => {
    if (source.readyState === EventSource.CLOSED) onLost();
    else say({ online: false });
  };
  return source;
}

async function poll(url, say) {
  const answer = await fetch(withAfter(url), { headers: { Accept: "application/json" }, cache: "no-store" }).catch(() => null);
  if (!answer?.ok) return say({ online: false });
  const { events = [], last: newest } = await answer.json();
  for (const event of events) say({ id: String(event.id), kind: event.kind, data: event.data });
  if (newest) last = String(newest);
  say({ online: true });
}

// Runs in the leading tab only. Resolves never; `stop` is called when the lead is lost.
function read(say) {
  const { liveUrl, pulseUrl, liveKinds } = place.dataset;
  const kinds = (liveKinds ?? "").split(/[\s,]+/).filter(Boolean);
  let source = null;
  let again = 0;
  let pulse = 0;

  const stopPolling = () => { clearInterval(pulse); pulse = 0; };
  const startPolling = () => {
    if (pulse || !pulseUrl) return;
    poll(pulseUrl, say);
    pulse = setInterval(() => poll(pulseUrl, say), POLL_MS);
  };
  const onLost = () => {
    tries += 1;
    const polls = pulseUrl && tries >= TRIES_BEFORE_POLLING;
    if (polls) startPolling();
    else say({ online: false });
    const pause = polls ? STREAM_AGAIN_MS : Math.min(30000, 800 * 2 ** (tries - 1));
    clearTimeout(again);
    again = setTimeout(connect, pause * (0.7 + Math.random() * 0.6));
  };
  function connect() {
    source?.close();
    source = startStream({ url: liveUrl, kinds, onLost, say: (message) => { if (message.online) stopPolling(); say(message); } });
  }
  if (liveUrl) connect();
  else startPolling();
  return () => {
    source?.close();
    clearTimeout(again);
    stopPolling();
  };
}

if (place) {
  last = place.dataset.liveAfter ?? "";
  const channel = new BroadcastChannel("samspil-live");
  let isLeading = false;
  const say = (message) => {
    channel.postMessage(message);
    hear(message);
  };
  channel.onmessage = ({ data }) => {
    if (!data.hello) return hear(data);
    if (!isLeading) return;
    // A tab that loads while events pass: it gets what came after its HTML was made.
    const from = kept.findIndex((message) => String(message.id) === data.after);
    for (const message of kept.slice(from + 1)) channel.postMessage({ ...message, to: data.hello });
    channel.postMessage({ online: isOnline, to: data.hello });
  };
  lead("samspil-live", () => {
    isLeading = true;
    place.dataset.leading = "true";
    const stop = read(say);
    return () => {
      isLeading = false;
      delete place.dataset.leading;
      stop();
    };
  });
  channel.postMessage({ hello: me, after: last });
  addEventListener("offline", () => showNet(false));
}
