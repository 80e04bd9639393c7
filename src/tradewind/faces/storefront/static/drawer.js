// The cart slides in over the page when something was put into it. Without this script, forms and links lead to /cart.
const drawer = document.getElementById("drawer");

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target !== drawer || drawer.open) return;
  const gutter = innerWidth - document.documentElement.clientWidth; // kept free while the page's own scrollbar is gone
  document.documentElement.style.setProperty("--gutter", `${gutter}px`);
  drawer.showModal();
});

drawer.addEventListener("click", (event) => {
  if (event.target === drawer) drawer.close(); // beside its content: the backdrop
});
