// The command palette: Ctrl K or ⌘ K. Places and deeds are in the page and are filtered here; orders, products and
// customers are asked of /admin/find by htmx while one types.
const palette = document.getElementById("palette");
const words = document.getElementById("palette-words");
const list = document.getElementById("palette-list");
const found = document.getElementById("palette-found");
const nothing = palette.querySelector("[data-nothing]");
let at = 0;

const options = () => [...list.querySelectorAll("[role=option]:not([hidden])")];

function select(index) {
  const shown = options();
  at = shown.length ? (index + shown.length) % shown.length : 0;
  list.querySelectorAll("[role=option]").forEach((option, number) => {
    option.id = `option-${number}`;
    option.ariaSelected = String(option === shown[at]);
  });
  if (shown[at]) words.setAttribute("aria-activedescendant", shown[at].id);
  else words.removeAttribute("aria-activedescendant");
  shown[at]?.scrollIntoView({ block: "nearest" });
  nothing.hidden = shown.length > 0;
}

// "od" finds Orders: the letters in their order, wherever they stand.
function matches(text, typed) {
  let from = 0;
  for (const letter of typed) {
    from = text.indexOf(letter, from) + 1;
    if (!from) return false;
  }
  return true;
}

function filter() {
  const typed = words.value.trim().toLowerCase();
  if (!typed) found.replaceChildren();
  for (const option of list.querySelectorAll("[data-words]")) {
    option.hidden = !matches(option.dataset.words.toLowerCase(), typed);
  }
  for (const group of list.querySelectorAll("[role=group]")) {
    group.hidden = !group.querySelector("[role=option]:not([hidden])");
  }
  select(0);
}

export function openPalette() {
  words.value = "";
  found.replaceChildren();
  filter();
  palette.showModal();
}

words.addEventListener("input", filter);
words.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) select(at + step);
  else if (event.key === "Enter") options()[at]?.click();
  else return;
  event.preventDefault();
});
document.addEventListener("htmx:afterSwap", (event) => event.detail.target === found && select(0));
palette.addEventListener("click", (event) => {
  if (event.target === palette || event.target.closest("[role=option]")) palette.close();
});

for (const opener of document.querySelectorAll("[data-palette-open]")) {
  opener.setAttribute("role", "button");
  opener.querySelector("kbd").textContent = navigator.platform.startsWith("Mac") ? "⌘ K" : "Ctrl K";
  opener.addEventListener("click", (event) => {
    event.preventDefault();
    openPalette();
  });
}
