import { keep, on, root, tell } from "./dom.js";

const isDark = () =>
  root.dataset.theme === "dark" || (root.dataset.theme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);

function setTheme(theme) {
  root.dataset.theme = theme;
  keep("theme", theme);
  tell("look:theme", { theme });
}

on("click", (event) => {
  const chosen = event.target.closest("[data-theme-set]");
  if (chosen) setTheme(chosen.dataset.themeSet);
  else if (event.target.closest("[data-theme-toggle]")) setTheme(isDark() ? "light" : "dark");
});
