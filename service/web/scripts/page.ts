// On every page: what a form does beside sending itself.

/** A form is sent once: a second press while the first is under way does nothing. */
function sendOnce(form: HTMLFormElement): void {
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
  });
  // Whoever comes back to the page from the next one may send it again.
  window.addEventListener("pageshow", () => (sent = false));
}

for (const form of document.querySelectorAll<HTMLFormElement>("form[method=post]")) sendOnce(form);
document.querySelector<HTMLElement>("[data-focus]")?.focus();
