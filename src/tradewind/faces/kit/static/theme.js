// Light or dark: the system's choice until a visitor makes another, which a cookie keeps.
const root = document.documentElement;

function isDark() {
  if (root.dataset.theme) return root.dataset.theme === "dark";
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

export function toggleTheme() {
  const theme = isDark() ? "light" : "dark";
  const apply = () => {
    root.dataset.theme = theme;
    document.cookie = `theme=${theme}; path=/; max-age=31536000; samesite=lax`;
  };
  document.startViewTransition ? document.startViewTransition(apply) : apply();
}

for (const button of document.querySelectorAll("[data-theme-toggle]")) {
  button.hidden = false; // without this script it would do nothing, and is not shown
  button.addEventListener("click", toggleTheme);
}
