// Ctrl/Cmd+K or /: what one can do on this page ([data-key], [data-command]) and what the server finds (data from the template's hx-get).
import { all, isUsable, make, nameOf, on, one, tell, words } from "./dom.js";
import { capsOf, press } from "./keys.js";

const palette = one("#palette");
const box = one("#palette-input");
const options = () => all("[role=option]", palette).filter((option) => option.checkVisibility?.() ?? true);
let opener = null;

function openPalette() {
  if (!palette || palette.open || one("dialog[open]")) return;
  opener = document.activeElement;
  box.value = "";
  palette.showModal();
  showActions();
  tell("look:palette-open", {}, box);
}

// Whether every word that was typed stands in the name.
const fits = (name, typed) => typed.toLowerCase().split(/\s+/).every((word) => name.toLowerCase().includes(word));

function showActions() {
  const found = [];
  const seen = new Set();
  for (const element of all("[data-key], [data-command]")) {
    const name = nameOf(element);
    if (!name || seen.has(name) || element.closest("dialog") || !(isUsable(element) || element.closest("details[data-menu]"))) continue;
    if (!fits(name, box.value)) continue;
    seen.add(name);
    found.push(optionFor(element, name));
  }
  const local = one("#palette-local");
  local.replaceChildren();
  if (found.length) {
    local.append(make("div", { role: "group", "aria-label": words("actions") }, make("h3", { "aria-hidden": "true" }, words("actions")), ...found.slice(0, 12)));
  }
  settle();
}

// Escape in a search field would only empty it; and a field of a closed dialog holds the focus until the next frame.
function closePalette() {
  box.blur();
  palette.close();
}

function optionFor(element, name) {
  const picture = one("svg.icon", element)?.cloneNode(true);
  picture?.setAttribute("class", "icon");
  const option = make("button", { type: "button", role: "option", tabindex: "-1" }, ...(picture ? [picture] : []), make("span", {}, name));
  if (element.dataset.key) option.append(make("span", { class: "push" }, ...capsOf(element.dataset.key)));
  option.addEventListener("click", () => {
    closePalette();
    press(element);
  });
  return option;
}

// Numbers for aria-activedescendant, one chosen, and a word when there is nothing.
function settle() {
  const shown = options();
  shown.forEach((option, place) => { option.id ||= `palette-option-${Date.now().toString(36)}-${place}`; });
  if (!shown.some((option) => option.ariaSelected === "true")) chooseOption(shown[0]);
  const none = one(".palette-none", palette);
  none.textContent = words("nothing");
  none.hidden = shown.length > 0;
}

function chooseOption(option) {
  all("[aria-selected]", palette).forEach((other) => other.removeAttribute("aria-selected"));
  if (!option) return void box.removeAttribute("aria-activedescendant");
  option.setAttribute("aria-selected", "true");
  box.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const shown = options();
  const now = shown.findIndex((option) => option.ariaSelected === "true");
  chooseOption(shown[(now + by + shown.length) % shown.length]);
}

if (palette) {
  box.addEventListener("input", showActions);
  palette.addEventListener("keydown", (event) => {
    const moves = { ArrowDown: 1, ArrowUp: -1 };
    if (moves[event.key]) step(moves[event.key]);
    else if (event.key === "Escape") closePalette();
    else if (event.key === "Enter") options().find((option) => option.ariaSelected === "true")?.click();
    else return;
    event.preventDefault();
  });
  palette.addEventListener("close", () => {
    if (document.activeElement === document.body && opener?.isConnected) opener.focus();
  });
  on("look:swapped", (event) => { if (event.detail.source === box) settle(); });
  on("click", (event) => { if (event.target.closest("[data-palette-open]")) openPalette(); });
  on("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      openPalette();
    }
  });
  on("look:key", (event) => {
    if (event.detail.key !== "/") return;
    event.preventDefault();
    openPalette();
  });
}
