// The navigation as a drawer on small screens is opened by its address (#menu) alone; Escape closes it, and so does
// a touch beside it. The account's menu closes the same way.
const menu = document.getElementById("menu");

addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  if (location.hash === "#menu") location.hash = "#main";
  for (const open of document.querySelectorAll("details.account[open]")) open.open = false;
});

addEventListener("click", (event) => {
  const beside = location.hash === "#menu" && !menu.contains(event.target) && !event.target.closest(".burger");
  if (beside) location.hash = "#main";
  for (const open of document.querySelectorAll("details.account[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});
