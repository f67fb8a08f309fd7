// What was typed into a form survives a lost connection and a closed browser: for a day, on this device, until it was sent.

const KEPT_MS = 24 * 60 * 60 * 1000;
const SENT = "klotterkoll-sent";

interface Draft {
  at: number;
  fields: [string, string][];
}

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

function fieldsOf(form: HTMLFormElement): Field[] {
  return [...form.elements].filter(
    (one): one is Field =>
      (one instanceof HTMLTextAreaElement || one instanceof HTMLSelectElement || (one instanceof HTMLInputElement && !["hidden", "file", "password", "submit"].includes(one.type))) && one.name !== "",
  );
}

const isChoice = (field: Field): field is HTMLInputElement => field instanceof HTMLInputElement && (field.type === "checkbox" || field.type === "radio");

function read(key: string): Draft | undefined {
  try {
    const draft = JSON.parse(localStorage.getItem(key) ?? "") as Draft;
    return Date.now() - draft.at < KEPT_MS ? draft : undefined;
  } catch {
    return undefined; // none, an old one, or a browser that keeps nothing
  }
}

function save(form: HTMLFormElement, key: string): void {
  const fields = fieldsOf(form).flatMap((field): [string, string][] => (isChoice(field) && !field.checked ? [] : [[field.name, field.value]]));
  try {
    localStorage.setItem(key, JSON.stringify({ at: Date.now(), fields } satisfies Draft));
  } catch {
    // Full, or not allowed: the form works without.
  }
}

function restore(form: HTMLFormElement, draft: Draft): void {
  const left = [...draft.fields];
  for (const field of fieldsOf(form)) {
    const at = left.findIndex(([name, value]) => name === field.name && (!isChoice(field) || value === field.value));
    if (isChoice(field)) field.checked = at >= 0;
    else if (at >= 0) field.value = left[at]![1];
    if (at >= 0) left.splice(at, 1);
  }
}

/** Keeps what is typed into `form` under `name`; says `offline` instead of sending it when the service cannot be reached. */
export function keepDraft(form: HTMLFormElement, name: string, offline: string): void {
  const key = `klotterkoll-draft-${name}`;
  // The page after the form tells whether it was taken: it has no list of faults.
  if (sessionStorage.getItem(SENT) === key && !document.querySelector(".notice.bad[role=alert]")) localStorage.removeItem(key);
  sessionStorage.removeItem(SENT);
  const faults = document.querySelector(".notice.bad[role=alert]") !== null;
  const draft = read(key);
  if (draft && !faults) restore(form, draft);
  form.addEventListener("input", () => save(form, key));

  let reached = false;
  form.addEventListener("submit", (event) => {
    sessionStorage.setItem(SENT, key);
    if (reached) return;
    event.preventDefault();
    const button = event.submitter;
    fetch(location.href, { method: "HEAD", cache: "no-store" }).then(
      () => {
        reached = true;
        form.requestSubmit(button);
        reached = false;
      },
      () => {
        save(form, key);
        let told = form.querySelector<HTMLElement>("[data-told]");
        if (!told) {
          told = document.createElement("p");
          told.className = "notice warn";
          told.dataset.told = "";
          told.setAttribute("role", "alert");
          form.append(told);
        }
        told.textContent = offline;
      },
    );
  });
}
