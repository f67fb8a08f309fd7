// Triage with the keyboard: 1-9 choose an owner, A assigns, D opens what dismisses, M what merges, N goes to the next case. Everything
// can be done with the buttons as well.

const help = document.querySelector<HTMLElement>("[data-keys-help]");
const form = document.querySelector<HTMLFormElement>("form[data-assign]");

/** Somebody writes, or moves in a list: letters mean themselves there. */
function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !["radio", "checkbox", "submit", "button"].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable;
}

/** Opens a box and goes to the first thing in it that can be chosen. */
function open(selector: string): void {
  const box = document.querySelector<HTMLDetailsElement>(selector);
  if (!box) return;
  box.open = true;
  box.querySelector<HTMLElement>("select, button")?.focus();
}

function act(key: string): boolean {
  if (/^[1-9]$/.test(key)) {
    const owner = document.querySelector<HTMLInputElement>(`#owner_${key}`);
    if (!owner) return false;
    owner.checked = true;
    owner.focus();
    const other = document.querySelector<HTMLSelectElement>("#other");
    if (other) other.value = "";
    return true;
  }
  if (key === "a") form?.requestSubmit();
  else if (key === "d") open("[data-dismiss]");
  else if (key === "m") open("[data-merge]");
  else if (key === "n") document.querySelector<HTMLAnchorElement>("[data-next]")?.click();
  else return false;
  return true;
}

if (form) {
  if (help) help.hidden = false;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || typing(event.target)) return;
    if (act(event.key.toLowerCase())) event.preventDefault();
  });
}
