// What the browser keeps between pages: the token, and messages that have not been sent yet. Without localStorage it is memory.
const memory = new Map();

export class Store {
  constructor(account) {
    this.key = `samspil-chat:${account}`;
  }

  read() {
    let text = memory.get(this.key);
    try { text = localStorage.getItem(this.key) ?? text; } catch { /* forbidden by the browser */ }
    try {
      const found = JSON.parse(text ?? "{}");
      return { outbox: [], ...found };
    } catch {
      return { outbox: [] };
    }
  }

  change(work) {
    const found = this.read();
    work(found);
    const text = JSON.stringify(found);
    memory.set(this.key, text);
    try { localStorage.setItem(this.key, text); } catch { /* full or forbidden */ }
    return found;
  }

  // Another tab of the same site has changed it.
  onChange(work) {
    addEventListener("storage", (event) => {
      if (event.key === this.key || event.key === null) work();
    });
  }
}

export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  // Pages without https have no randomUUID.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}
