// Pictures of a product: uploaded as they are chosen, and moved up and down. Without this script a picture is given
// by its address, and its place by a number.
import { send } from "./admin-send.js";

const list = document.querySelector("[data-pictures]");
const input = document.querySelector("[data-upload]");
const wrong = document.querySelector("[data-upload-wrong]");

function number() {
  list.querySelectorAll("[data-place]").forEach((place, index) => (place.value = index + 1));
}

for (const moves of list.querySelectorAll("[data-picture-moves]")) moves.hidden = false;
for (const place of list.querySelectorAll(".place")) place.hidden = true;
list.addEventListener("click", (event) => {
  const button = event.target.closest("[data-up], [data-down]");
  if (!button) return;
  const row = button.closest("[data-picture]");
  const other = "up" in button.dataset ? row.previousElementSibling : row.nextElementSibling;
  if (!other) return;
  if ("up" in button.dataset) other.before(row);
  else other.after(row);
  number();
  button.focus();
});

if (input) {
  document.querySelector("[data-upload-button]").hidden = false;
  input.addEventListener("change", async () => {
    const failures = [];
    for (const file of input.files) {
      try {
        await send(input.dataset.upload, file.type, file, wrong);
      } catch (failure) {
        failures.push(`${file.name}: ${failure.message}`);
      }
    }
    if (failures.length === 0) location.reload();
    wrong.hidden = failures.length === 0;
    wrong.textContent = `${wrong.dataset.words} ${failures.join("; ")}`;
    input.value = ""; // the same file may be chosen again
  });
}
