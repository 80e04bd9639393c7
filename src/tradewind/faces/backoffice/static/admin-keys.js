// Keys that work wherever nobody types: g and a letter goes to a page, / searches, ? lists them all.
import { openPalette } from "./admin-palette.js";
import { listKey } from "./admin-lists.js";

const keys = document.getElementById("keys");
const WAIT_MILLISECONDS = 1200;
let going = 0;

const typing = () =>
  document.activeElement?.matches("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

function go(letter) {
  going = 0;
  const place = document.querySelector(`[data-go="${CSS.escape(letter)}"]`);
  if (place) location.href = place.href;
  return Boolean(place);
}

function press(event) {
  if (event.key === "?") keys.showModal();
  else if (event.key === "g") going = Date.now();
  else if (event.key === "/") {
    const search = document.querySelector("[data-list-search]");
    if (!search) return false;
    search.focus();
    search.select();
  } else return listKey(event.key);
  return true;
}

addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    openPalette();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || typing() || document.querySelector("dialog[open]")) return;
  const handled = Date.now() - going < WAIT_MILLISECONDS ? go(event.key) : press(event);
  if (handled) event.preventDefault();
});

for (const hint of document.querySelectorAll("[data-key-hint]")) hint.hidden = false;
for (const opener of document.querySelectorAll("[data-keys-open]")) {
  opener.hidden = false;
  opener.addEventListener("click", () => keys.showModal());
}
keys.addEventListener("click", (event) => event.target === keys && keys.close());
