// Arrow keys walk from the search field through its suggestions and back; Escape puts them away.
const field = document.getElementById("seek");
const list = document.getElementById("suggestions");
const links = () => [...list.querySelectorAll("a")];

function step(by) {
  const stops = [field, ...links()];
  const at = stops.indexOf(document.activeElement);
  stops[(at + by + stops.length) % stops.length].focus();
}

field.form.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    list.replaceChildren();
    field.focus();
  } else if (event.key === "ArrowDown" && links().length) {
    event.preventDefault();
    step(1);
  } else if (event.key === "ArrowUp" && links().length) {
    event.preventDefault();
    step(-1);
  }
});

document.addEventListener("pointerdown", (event) => {
  if (!field.form.contains(event.target)) list.replaceChildren();
});
