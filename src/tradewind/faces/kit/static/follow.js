// Parts of a page that follow the shop: <div data-follow="URL" data-events="a b" hx-get hx-trigger="followed">.
// Each named event that arrives asks htmx to fetch the part anew. The browser itself goes on after a break, by
// Last-Event-ID. data-follow-state on the same element tells CSS and tests whether it listens.
for (const part of document.querySelectorAll("[data-follow]")) {
  const source = new EventSource(part.dataset.follow);
  part.dataset.followState = "connecting";
  source.addEventListener("open", () => (part.dataset.followState = "live"));
  source.addEventListener("error", () => (part.dataset.followState = "connecting"));
  for (const name of part.dataset.events.split(" ")) {
    source.addEventListener(name, (event) => {
      part.dispatchEvent(new CustomEvent("followed", { detail: JSON.parse(event.data) }));
    });
  }
  addEventListener("pagehide", () => source.close());
}
