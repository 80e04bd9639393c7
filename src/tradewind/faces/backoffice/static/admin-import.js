// A file of orders is sent in parts as it is chosen; what was sent stays, also when it breaks off. Without this script
// its lines are pasted.
import { send } from "./admin-send.js";

const AT_ONCE = 1000;
const form = document.querySelector("[data-import]");
const input = document.querySelector("[data-import-file]");
const progress = document.querySelector("[data-import-progress]");
const wrong = document.querySelector("[data-import-wrong]");

function parts(text, format) {
  if (format === "csv") return [[text, 0]];
  const lines = text.split("\n").filter((line) => line.trim());
  const found = [];
  for (let at = 0; at < lines.length; at += AT_ONCE) {
    found.push([lines.slice(at, at + AT_ONCE).join("\n"), at]);
  }
  return found;
}

function address(source, format, importId) {
  return `/v1/order-imports?${new URLSearchParams({ source, format, ...(importId ? { import_id: importId } : {}) })}`;
}

if (form) {
  document.querySelector("[data-import-button]").hidden = false;
  input.addEventListener("change", async () => {
    const source = form.elements.source;
    if (!source.reportValidity()) {
      input.value = "";
      return;
    }
    wrong.hidden = true;
    progress.hidden = false;
    let done = null;
    try {
      const text = await input.files[0].text();
      for (const [part, sent] of parts(text, form.elements.format.value)) {
        progress.textContent = `${progress.dataset.words} ${sent}`;
        const to = address(source.value, form.elements.format.value, done?.import_id);
        done = await send(to, "text/plain", part, wrong);
      }
      location.assign(form.dataset.list + done.import_id);
    } catch (failure) {
      progress.hidden = true;
      wrong.hidden = false;
      wrong.textContent = failure.message;
      input.value = ""; // the same file may be chosen again
    }
  });
}
