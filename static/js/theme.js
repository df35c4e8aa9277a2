// Runs before the first paint, so that a dark page never flashes white.
(() => {
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const chosen = root.dataset.theme || "system";
    root.dataset.bsTheme = chosen === "system" ? (dark.matches ? "dark" : "light") : chosen;
    root.dispatchEvent(new CustomEvent("themechange", { bubbles: true }));
  };
  dark.addEventListener("change", apply);
  apply();
})();
