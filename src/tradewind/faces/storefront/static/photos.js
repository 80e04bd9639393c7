// Photos of a claim: sent as they are chosen. Without this script, addresses of photos can be given with the claim.
for (const place of document.querySelectorAll("[data-photos]")) {
  const input = place.querySelector("input");
  const wrong = place.querySelector("[role=alert]");
  place.hidden = false;
  input.addEventListener("change", async () => {
    const failures = [];
    for (const file of input.files) {
      const answer = await fetch(place.dataset.photos, {
        method: "POST",
        headers: { "content-type": file.type, "idempotency-key": crypto.randomUUID() },
        body: file,
      });
      if (!answer.ok) failures.push(file.name);
    }
    if (failures.length === 0) location.reload();
    wrong.hidden = failures.length === 0;
    wrong.textContent = `${wrong.dataset.words} ${failures.join(", ")}`;
  });
}
