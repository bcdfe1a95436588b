// Talking to the live process. The token goes in a header or a body, never in an address.
const SILENCE_MS = 50000;

export class Wire {
  constructor(base, account) {
    this.chat = `${base}/widget/${account}/`;
    this.door = `${base}/in/${account}`;
  }

  // Plain text, so that the browser need not ask first whether it may.
  post(address, value, headers = {}) {
    const body = JSON.stringify(value);
    return fetch(address, { method: "POST", body, headers, credentials: "omit", referrerPolicy: "origin", keepalive: body.length < 60000 });
  }

  async session(value) {
    const answer = await this.post(`${this.chat}session`, value);
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  }

  // The status, or 0 when nobody could be reached.
  async send(value) {
    try {
      return (await this.post(this.door, value)).status;
    } catch {
      return 0;
    }
  }

  typing(token) {
    this.post(`${this.chat}typing`, {}, { Authorization: `Bearer ${token}` }).catch(() => {});
  }

  // A file of ours, as bytes.
  async file(token, of, number) {
    const address = `${this.chat}file?of=${encodeURIComponent(of)}&n=${number}`;
    const answer = await fetch(address, { headers: { Authorization: `Bearer ${token}` }, credentials: "omit", cache: "no-store" });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.blob();
  }

  async history(token, before = "") {
    const address = `${this.chat}history${before ? `?before=${encodeURIComponent(before)}` : ""}`;
    const answer = await fetch(address, { headers: { Authorization: `Bearer ${token}` }, credentials: "omit", cache: "no-store" });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  }

  // Reads the stream until it ends, calling hear(event, data). A stream that says nothing for long is broken: a comment comes
  // every 20 seconds. Throws when it could not begin.
  async stream(token, hear, stop) {
    const silence = new AbortController();
    const end = () => silence.abort();
    stop.addEventListener("abort", end);
    let timer = 0;
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(end, SILENCE_MS);
    };
    try {
      alive();
      const answer = await fetch(`${this.chat}events`, {
        headers: { Authorization: `Bearer ${token}`, Accept: "text/event-stream" },
        credentials: "omit",
        cache: "no-store",
        signal: silence.signal,
      });
      if (!answer.ok) throw new Error(String(answer.status));
      const reader = answer.body.getReader();
      const decoder = new TextDecoder();
      let rest = "";
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        alive();
        rest += decoder.decode(value, { stream: true });
        const blocks = rest.split("\n\n");
        rest = blocks.pop();
        for (const block of blocks) understand(block, hear);
      }
    } finally {
      clearTimeout(timer);
      stop.removeEventListener("abort", end);
    }
  }
}

function understand(block, hear) {
  let name = "message";
  let data = "";
  for (const line of block.split("\n")) {
    if (line.startsWith("event: ")) name = line.slice(7);
    else if (line.startsWith("data: ")) data += line.slice(6);
  }
  if (data) hear(name, JSON.parse(data));
}
