// A file or a part of one, sent to the API once. Where nobody answers, the page's own words say so.
const nobody = (page) => new Error(page.dataset.nobody);

function newKey() {
  // randomUUID() is missing where a shop is tried over plain HTTP from another machine.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// What it answers; an Error with what was wrong. `page` is an element with the words in data-nobody.
export async function send(address, type, body, page) {
  const headers = { "content-type": type, "idempotency-key": newKey() };
  const answer = await fetch(address, { method: "POST", headers, body }).catch(() => Promise.reject(nobody(page)));
  const document = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(document.detail ?? answer.status);
  return document;
}
