// What a language model makes, as it comes: shown, stopped, put in the draft. Loaded with the first panel that offers it.
(() => {
  if (window.samspilAssist) return;
  window.samspilAssist = true;
  let running = null;

  const make = (tag, options = {}, ...inside) => {
    const made = Object.assign(document.createElement(tag), options);
    made.append(...inside);
    return made;
  };
  const editorOf = () => document.querySelector("form.composer[data-composer] [data-editor]");
  const headers = () => { try { return JSON.parse(document.body.getAttribute("hx-headers:inherited") ?? "{}"); } catch { return {}; } };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-make]");
    if (button) begin(button);
    if (event.target.closest("[data-make-stop]")) running?.abort();
    const put = event.target.closest("[data-make-put]");
    if (put) putIn(put);
  });

  async function begin(button) {
    const tools = button.closest("[data-assist]");
    const out = tools.querySelector("[data-out]");
    const isOwn = "own" in button.dataset;
    const original = isOwn ? editorOf()?.value.trim() ?? "" : "";
    running?.abort();
    out.hidden = false;
    for (const folded of document.querySelectorAll(".assist-panel[open]:not(.is-tools)")) folded.open = false;
    if (isOwn && !original) return void out.replaceChildren(make("p", { className: "hint", textContent: tools.dataset.nothing }));
    const abort = running = new AbortController();
    const text = make("div", { className: "assist-made prose" });
    const stop = make("button", { type: "button", className: "btn is-small is-ghost", textContent: "×" });
    stop.dataset.makeStop = "";
    stop.setAttribute("aria-label", tools.dataset.stopped);
    out.replaceChildren(make("div", { className: "assist-busy" }, make("progress"), stop), text);
    const body = new URLSearchParams({ purpose: button.dataset.make, text: original });
    if (isOwn) body.set("language", tools.querySelector("[data-language]").value);
    try {
      const answer = await fetch(tools.dataset.assist, { method: "POST", headers: headers(), body, signal: abort.signal });
      await follow(answer, (said) => {
        if (said.piece) text.append(said.piece);
        if (said.error) fail(out, said.error);
        if (said.done) finish(tools, out, said.done, button.dataset.make, original);
      });
      if (out.querySelector(".assist-busy")) fail(out, tools.dataset.lost);
    } catch {
      fail(out, abort.signal.aborted ? tools.dataset.stopped : tools.dataset.lost);
    } finally {
      if (running === abort) running = null;
    }
  }

  async function follow(answer, tell) {
    const reader = answer.body.getReader();
    const decoder = new TextDecoder();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      rest += decoder.decode(value ?? new Uint8Array(), { stream: !done });
      const lines = rest.split("\n");
      rest = lines.pop();
      for (const line of lines) if (line.startsWith("{")) tell(JSON.parse(line));
      if (done) return;
    }
  }

  const fail = (out, words) => out.replaceChildren(make("p", { className: "status is-error", textContent: words }));

  function finish(tools, out, done, purpose, original) {
    const { dataset } = tools;
    const parts = [make("p", { className: "assist-mark", textContent: purpose === "translation" && !original ? dataset.translated : dataset.made })];
    parts.push(make("div", { className: "assist-made prose", textContent: done.text }));
    if (done.warning) parts.push(make("p", { className: "status is-note", textContent: done.warning }));
    if (done.cited.length) parts.push(make("p", { className: "assist-cited" }, ...done.cited.map((one) => make("a", { className: "link", href: one.href, textContent: `[${one.number}]` }))));
    if (done.sources.length) parts.push(make("details", { className: "assist-sources" }, make("summary", { textContent: dataset.sources }), make("ol", {}, ...done.sources.map((one) => make("li", { textContent: `${one.by}: ${one.text}` })))));
    if (original) parts.push(make("details", { className: "assist-sources" }, make("summary", { textContent: dataset.original }), make("p", { textContent: original })));
    if (purpose === "draft" || original) {
      const put = make("button", { type: "button", className: "btn is-small is-primary", textContent: original ? dataset.instead : dataset.put });
      put.dataset.makePut = done.text;
      put.dataset.instead = original ? "yes" : "";
      parts.push(make("p", {}, put));
    }
    out.replaceChildren(...parts);
  }

  function putIn(put) {
    const editor = editorOf();
    if (!editor) return;
    document.querySelector("form.composer [data-mode=reply]")?.click();
    editor.value = put.dataset.instead ? put.dataset.makePut : [editor.value, put.dataset.makePut].filter(Boolean).join("\n\n");
    editor.focus();
    editor.dispatchEvent(new Event("input", { bubbles: true }));
  }
})();
