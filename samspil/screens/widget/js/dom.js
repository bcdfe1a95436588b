// Making elements. What others wrote only ever becomes a text node: nothing here reads HTML.
const SVG = "http://www.w3.org/2000/svg";
const LINK = /https?:\/\/[^\s<>"'`]+/gi;
const TAIL = /[.,;:!?)\]}…»”]+$/;

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

export function icon(...paths) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  for (const d of paths) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    svg.append(path);
  }
  return svg;
}

// Text as nodes, its web addresses as links. Only http and https, and only what the browser reads as an address.
export function linked(text, newTab) {
  const nodes = [];
  let from = 0;
  for (const found of text.matchAll(LINK)) {
    const address = found[0].replace(TAIL, "");
    let url = null;
    try { url = new URL(address); } catch { continue; }
    if (url.protocol !== "http:" && url.protocol !== "https:") continue;
    nodes.push(text.slice(from, found.index));
    nodes.push(make("a", { href: url.href, target: "_blank", rel: "noopener noreferrer nofollow", title: newTab }, address));
    from = found.index + address.length;
  }
  nodes.push(text.slice(from));
  return nodes.filter((node) => node !== "");
}

// Lets the reader keep bytes as a file of that name.
export function keep(bytes, name) {
  const address = URL.createObjectURL(bytes);
  make("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}

// White or ink, whichever reads better on the colour (WCAG 2.2 relative luminance).
export function inkOn(colour) {
  const parts = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  const light = 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  return 1.05 / (light + 0.05) >= (light + 0.05) / 0.0585 ? "#fff" : "#14171a";
}
