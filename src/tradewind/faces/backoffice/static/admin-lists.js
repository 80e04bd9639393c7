// Lists by keyboard (j, k, Enter, x), and choosing all rows of a page at once.
const rows = () => [...document.querySelectorAll("[data-row]")];
const current = () => document.querySelector("[data-row].at");

function move(step) {
  const all = rows();
  if (!all.length) return false;
  const here = all.indexOf(current());
  const next = all[Math.max(0, Math.min(all.length - 1, here + step))];
  current()?.classList.remove("at");
  next.classList.add("at");
  next.querySelector("a")?.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
  return true;
}

// True when the key meant something to the list.
export function listKey(key) {
  if (key === "j") return move(1);
  if (key === "k") return move(-1);
  const row = current();
  if (!row) return false;
  if (key === "x") {
    const box = row.querySelector("input[type=checkbox]");
    box?.click();
    return Boolean(box);
  }
  if (key === "Enter" && !row.contains(document.activeElement)) {
    row.querySelector("a")?.click();
    return true;
  }
  return false;
}

function showTicks(form) {
  const boxes = [...form.querySelectorAll("tbody input[type=checkbox]")];
  const ticked = boxes.filter((box) => box.checked).length;
  const label = form.querySelector("[data-ticked]");
  if (label) {
    label.dataset.word ??= label.textContent;
    label.textContent = `${ticked} · ${label.dataset.word}`;
  }
  const all = form.querySelector("[data-tick-all]");
  if (all) {
    all.hidden = boxes.length === 0;
    all.checked = ticked > 0 && ticked === boxes.length;
    all.indeterminate = ticked > 0 && ticked < boxes.length;
  }
}

addEventListener("change", (event) => {
  const form = event.target.closest("[data-bulk]");
  if (!form) return;
  if (event.target.matches("[data-tick-all]")) {
    for (const box of form.querySelectorAll("tbody input[type=checkbox]")) box.checked = event.target.checked;
  }
  showTicks(form);
});

const showAll = () => document.querySelectorAll("[data-bulk]").forEach(showTicks);
document.addEventListener("htmx:afterSettle", showAll);
showAll();
