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

// The bytes of files that wait to be sent, which are too many for localStorage. Without IndexedDB they live as long as the page.
const files = new Map();

function within(mode, work) {
  return new Promise((done, fail) => {
    const asked = indexedDB.open("samspil-chat", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("files");
    asked.onerror = () => fail(asked.error);
    asked.onsuccess = () => {
      const database = asked.result;
      const transaction = database.transaction("files", mode);
      const request = work(transaction.objectStore("files"));
      transaction.oncomplete = () => { database.close(); done(request.result); };
      transaction.onabort = transaction.onerror = () => { database.close(); fail(transaction.error); };
    };
  });
}

export async function keepFile(id, file) {
  files.set(id, file);
  try { await within("readwrite", (kept) => kept.put(file, id)); } catch { /* full or forbidden */ }
}

export async function fileOf(id) {
  if (files.has(id)) return files.get(id);
  try { return (await within("readonly", (kept) => kept.get(id))) ?? null; } catch { return null; }
}

export async function dropFile(id) {
  files.delete(id);
  try { await within("readwrite", (kept) => kept.delete(id)); } catch { /* forbidden */ }
}

export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  // Pages without https have no randomUUID.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}
