// The script tag: <script src=".../widget/chat.js" data-account="..." defer></script>
import { words } from "./words.js";
import { Talk } from "./talk.js";
import { Panel } from "./panel.js";
import { CSS } from "./style.js";

const script = document.currentScript;
const options = { ...script?.dataset };
const base = (options.live || new URL(script?.src ?? location.href).origin).replace(/\/$/, "");
const language = options.lang || document.documentElement.lang || navigator.language || "da";

function identityOf({ user, mail, name, signature }) {
  return signature && (user || mail) ? { user: user ?? "", mail: mail ?? "", name: name ?? "", signature } : undefined;
}

class SamspilChat extends HTMLElement {
  begin() {
    const shadow = this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
    shadow.adoptedStyleSheets = [sheet];
    const said = /^en\b/i.test(language) ? "en" : "da";
    const identity = identityOf(options);
    const talk = new Talk({ base, account: options.account, language: said, identity, changed: () => this.panel?.show() });
    this.panel = new Panel({ talk, words: words(said), language: said, colour: /^#[0-9a-f]{6}$/i.test(options.colour ?? "") ? options.colour : "" });
    this.panel.root.lang = said;
    shadow.append(this.panel.root);
    if (identity) talk.identify(identity);
    this.panel.show();
    // Only somebody who has written before is listened for: a page view alone costs the server nothing.
    if (talk.isBegun) talk.wake();
    self.SamspilChat = {
      open: () => this.panel.open(),
      close: () => this.panel.close(),
      identify: (who) => { talk.identify(who ? identityOf(who) : null); this.panel.log.clear(); this.panel.show(); if (talk.isBegun) talk.begin(); },
    };
  }
}

function start() {
  if (document.querySelector("samspil-chat")) return;
  const element = document.createElement("samspil-chat");
  if (options.theme === "light" || options.theme === "dark") element.setAttribute("theme", options.theme);
  document.body.append(element);
  element.begin();
}

if (!options.account) console.error("Samspil: the script tag needs data-account");
else if (!customElements.get("samspil-chat")) {
  customElements.define("samspil-chat", SamspilChat);
  if (document.body) start();
  else document.addEventListener("DOMContentLoaded", start);
}
