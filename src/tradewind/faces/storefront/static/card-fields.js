// The processor's own script draws the fields, in frames of its own. What comes of them is a token, which goes on
// to the page around this one, or to the address that this page was opened with.
const form = document.querySelector("[data-fields]");
const wrong = form.querySelector("[data-wrong]");
const button = form.querySelector("button");

if (typeof Stripe === "undefined") {
  wrong.textContent = form.dataset.failed;
  button.disabled = true;
} else {
  const stripe = Stripe(form.dataset.key, { locale: document.documentElement.lang });
  const card = stripe.elements().create("card", { hidePostalCode: true });
  card.mount("#card-fields");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    const { paymentMethod, error } = await stripe.createPaymentMethod({ type: "card", card });
    button.disabled = false;
    wrong.textContent = error?.message ?? "";
    if (!paymentMethod) return;
    const { last4, brand: network } = paymentMethod.card;
    const chosen = { token: paymentMethod.id, last4, network, state: form.dataset.state };
    if (window.parent !== window) {
      window.parent.postMessage({ type: "tradewind.card", ...chosen }, location.origin);
    } else {
      location.assign(`${form.dataset.back}?${new URLSearchParams(chosen)}`);
    }
  });
}
