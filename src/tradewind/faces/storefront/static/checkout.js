// The card's token comes from the processor's frame as a message, and goes on as our own form.
const frame = document.querySelector("[data-card-origin]");
const form = document.querySelector("[data-card]");

if (frame && form) {
  addEventListener("message", (event) => {
    const card = event.data;
    if (event.origin !== frame.dataset.cardOrigin || event.source !== frame.contentWindow) return;
    if (card?.type !== "tradewind.card") return;
    for (const name of ["token", "network", "last4"]) form.elements[name].value = card[name];
    form.requestSubmit();
  });
}

// An order is sent once: the button says so until the next page is there. Coming back makes it a button again.
for (const button of document.querySelectorAll("[data-once]")) {
  button.form.addEventListener("submit", () => {
    setTimeout(() => (button.disabled = true));
    button.setAttribute("aria-busy", "true");
  });
  addEventListener("pageshow", () => {
    button.disabled = false;
    button.removeAttribute("aria-busy");
  });
}
