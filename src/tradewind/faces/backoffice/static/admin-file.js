// A file that is chosen is written into the field its lines are pasted into, its name into the empty one for names.
// One that is longer than a form takes is left out, and said; where the form names an address of the API (data-send),
// it goes there as it is, with the form's other fields, when the form is sent. Without this script lines are pasted.
import { send } from "./admin-send.js";

const FORM_BYTES = 240 * 1024; // of the 256 kB that a form may have, less its other fields

function fits(text, field) {
  return text.length <= field.maxLength && new URLSearchParams({ [field.name]: text }).toString().length <= FORM_BYTES;
}

function fields(form, lines) {
  const typed = [...new FormData(form)].filter(([name, value]) => value && name !== "key" && name !== lines.name);
  return new URLSearchParams(typed);
}

for (const input of document.querySelectorAll("[data-file-into]")) {
  const lines = document.getElementById(input.dataset.fileInto);
  const name = document.getElementById(input.dataset.fileName);
  const form = lines.form;
  const wrong = document.querySelector("[data-file-wrong]");
  const refused = document.querySelector("[data-file-refused]");
  const whole = document.querySelector("[data-file-whole]");
  let held = null;

  function hold(file) {
    held = file;
    lines.required = !file;
    whole.hidden = !file;
    if (file) lines.value = "";
  }

  input.closest("label").hidden = false;
  input.addEventListener("change", async () => {
    const file = input.files[0];
    if (!file) return;
    const text = file.size <= FORM_BYTES ? await file.text() : null;
    const short = text !== null && fits(text, lines);
    input.value = ""; // the same file may be chosen again
    if (form.dataset.send) hold(short ? null : file);
    else wrong.hidden = short;
    if (!short && !form.dataset.send) return;
    if (short) lines.value = text;
    name.value ||= file.name.slice(0, name.maxLength);
  });
  if (!form.dataset.send) continue;
  lines.addEventListener("input", () => hold(null));
  form.addEventListener("submit", async (event) => {
    if (!held) return;
    event.preventDefault();
    refused.hidden = true;
    const button = event.submitter;
    button.disabled = true;
    try {
      const taken = await send(`${form.dataset.send}?${fields(form, lines)}`, "text/csv", held, refused);
      location.assign(form.dataset.then + taken[form.dataset.named]);
    } catch (failure) {
      refused.hidden = false;
      refused.textContent = failure.message;
      button.disabled = false;
    }
  });
}
