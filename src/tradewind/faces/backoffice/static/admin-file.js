// A file that is chosen is written into the field its lines are pasted into, its name into the empty one for names.
// What is longer than the field takes is left out, and said. Without this script the lines are pasted.
for (const input of document.querySelectorAll("[data-file-into]")) {
  const lines = document.getElementById(input.dataset.fileInto);
  const name = document.getElementById(input.dataset.fileName);
  const wrong = document.querySelector("[data-file-wrong]");
  input.closest("label").hidden = false;
  input.addEventListener("change", async () => {
    const text = await input.files[0].text();
    wrong.hidden = text.length <= lines.maxLength;
    if (!wrong.hidden) return;
    lines.value = text;
    name.value ||= input.files[0].name.slice(0, name.maxLength);
  });
}
