// What was typed or ticked before htmx was there would be lost on it: say it again once it listens.
addEventListener("DOMContentLoaded", () => {
  setTimeout(() => {
    for (const input of document.querySelectorAll("form[hx-get] input, input[hx-get]")) {
      if (input.type !== "checkbox" && input.value !== input.defaultValue) {
        input.dispatchEvent(new Event("input", { bubbles: true }));
      }
    }
  });
});
