// <details data-menu> closes when one presses outside, chooses, or presses Escape; arrows move within. <dialog> opens by data-dialog.
import { all, on, one } from "./dom.js";

const openMenus = () => all("details[data-menu][open]");

on("click", (event) => {
  const chosen = event.target.closest(".menu-list :is(a, button):not([data-menu-stay])");
  for (const menu of openMenus()) if (!menu.contains(event.target) || menu.contains(chosen)) menu.open = false;
  const opener = event.target.closest("[data-dialog]");
  if (opener) one(`dialog#${CSS.escape(opener.dataset.dialog)}`)?.showModal();
  if (event.target.closest("[data-dialog-close]")) event.target.closest("dialog")?.close();
  if (event.target.matches("dialog[open]") && isOutside(event)) event.target.close();
  const toggled = event.target.closest("[data-toggle-class]");
  if (toggled) toggleClass(toggled);
});

// A press on the backdrop lands on the dialog itself, but outside its box.
function isOutside(event) {
  const box = event.target.getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
}

function toggleClass(button) {
  const isOn = document.body.classList.toggle(button.dataset.toggleClass);
  if (button.hasAttribute("aria-expanded")) button.ariaExpanded = String(isOn);
}

on("keydown", (event) => {
  const menu = event.target.closest?.("details[data-menu][open]");
  if (!menu) return;
  if (event.key === "Escape") {
    event.preventDefault();
    menu.open = false;
    one("summary", menu).focus();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const items = all(".menu-list :is(a, button, input)", menu);
    const step = event.key === "ArrowDown" ? 1 : -1;
    items.at((items.indexOf(document.activeElement) + step + (step < 0 && !items.includes(document.activeElement) ? 1 : 0)) % items.length)?.focus();
  }
});
