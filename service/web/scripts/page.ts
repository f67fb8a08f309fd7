// On every page: what a form does beside sending itself.
import { keepDraft } from "./shared/draft";

/** A form is sent once: a second press while the first is under way does nothing. */
function sendOnce(form: HTMLFormElement): void {
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    if (sent) event.preventDefault();
    sent = true;
  });
  // Whoever comes back to the page from the next one may send it again.
  window.addEventListener("pageshow", () => (sent = false));
}

for (const form of document.querySelectorAll<HTMLFormElement>("form[method=post]")) {
  if (form.dataset.draft) keepDraft(form, form.dataset.draft, form.dataset.offline ?? "");
  sendOnce(form);
}
document.querySelector<HTMLElement>("[data-focus]")?.focus();
