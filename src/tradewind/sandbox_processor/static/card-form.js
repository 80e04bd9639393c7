// In a frame, hands the token to the page around it; without a frame, or without this, the link does.
const card = document.getElementById("card");
if (card && window.parent !== window) {
  const { token, last4, network, state, origin } = card.dataset;
  window.parent.postMessage({ type: "tradewind.card", token, last4, network, state }, origin);
}
