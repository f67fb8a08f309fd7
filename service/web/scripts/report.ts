// The citizen's form: the place from the photo or the telephone, addresses of the register, a draft that survives, and sending that
// waits for the connection. Without it the form does the same in steps.
import { forgetDraft, readDraft, readPhotos, saveDraft, savePhotos } from "./report/draft";

const RETRY_MS = 15_000;
const SUGGEST_AFTER_MS = 250;

function field(form: HTMLFormElement, name: string): HTMLInputElement | null {
  return form.querySelector<HTMLInputElement>(`[name="${name}"]:not([type=radio])`);
}

function say(form: HTMLFormElement, text: string | undefined): void {
  const status = form.querySelector<HTMLElement>("[data-status]");
  if (!status) return;
  status.textContent = text ?? "";
  status.hidden = !text;
  if (text) status.scrollIntoView({ block: "nearest" });
}

function setPlace(form: HTMLFormElement, lat: number, lon: number): void {
  for (const [name, degrees] of [["lat", lat], ["lon", lon]] as const) {
    const input = field(form, name);
    if (!input) continue;
    input.value = degrees.toFixed(5);
    // The map moves its marker with it.
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

function tellPlace(form: HTMLFormElement, text: string | undefined): void {
  const told = form.querySelector<HTMLElement>("[data-located]");
  if (told) told.textContent = text ?? "";
}

function isPlaced(form: HTMLFormElement): boolean {
  return ["lat", "lon", "address"].some((name) => field(form, name)?.value);
}

function chosenFiles(form: HTMLFormElement): File[] {
  return [...form.querySelectorAll<HTMLInputElement>("input[type=file]")].flatMap((input) => [...(input.files ?? [])]);
}

/** Where the camera says that a photo was taken. The reader is fetched only then: it is larger than the rest of the page. */
async function placeOfPhoto(file: File): Promise<{ lat: number; lon: number } | null> {
  try {
    const { default: ExifReader } = await import("exifreader");
    const tags = await ExifReader.load(file, { expanded: true });
    const lat = tags.gps?.Latitude, lon = tags.gps?.Longitude;
    return lat !== undefined && lon !== undefined && Number.isFinite(lat) && Number.isFinite(lon) ? { lat, lon } : null;
  } catch {
    return null;
  }
}

function photos(form: HTMLFormElement): void {
  const shown = form.querySelector<HTMLElement>("[data-chosen]");
  const changed = async () => {
    const files = chosenFiles(form);
    if (shown) {
      shown.textContent = files.map((file) => file.name).join(", ");
      shown.hidden = files.length === 0;
    }
    await savePhotos(files);
    if (isPlaced(form)) return;
    for (const file of files) {
      const place = await placeOfPhoto(file);
      if (!place || isPlaced(form)) continue;
      setPlace(form, place.lat, place.lon);
      tellPlace(form, form.dataset.placed);
      return;
    }
  };
  for (const input of form.querySelectorAll("input[type=file]")) input.addEventListener("change", () => void changed());
}

function locating(form: HTMLFormElement): void {
  const button = form.querySelector<HTMLButtonElement>("[data-locate]");
  if (!button || !("geolocation" in navigator)) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    tellPlace(form, form.dataset.locating);
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        setPlace(form, coords.latitude, coords.longitude);
        tellPlace(form, form.dataset.located);
      },
      () => tellPlace(form, form.dataset.lost),
      { enableHighAccuracy: true, timeout: 20_000, maximumAge: 30_000 },
    );
  });
}

interface Suggestion {
  address: string;
  lat: number;
  lon: number;
}

function suggesting(form: HTMLFormElement): void {
  const input = field(form, "address"), list = form.querySelector("datalist"), url = form.dataset.suggestions;
  if (!input || !list || !url) return;
  let timer = 0;
  let known: Suggestion[] = [];
  input.addEventListener("input", () => {
    window.clearTimeout(timer);
    const chosen = known.find((one) => one.address === input.value);
    if (chosen) return setPlace(form, chosen.lat, chosen.lon);
    timer = window.setTimeout(async () => {
      if (input.value.trim().length < 2) return;
      const answer = await fetch(`${url}?q=${encodeURIComponent(input.value)}`).catch(() => null);
      if (!answer?.ok) return;
      known = (await answer.json()) as Suggestion[];
      list.replaceChildren(...known.map((one) => Object.assign(document.createElement("option"), { value: one.address })));
    }, SUGGEST_AFTER_MS);
  });
}

/** Fills in what was typed before, and gives back the photos that were chosen. */
async function restore(form: HTMLFormElement): Promise<boolean> {
  const draft = readDraft();
  if (!draft) return false;
  const hidden = (name: string, value: string) => form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  for (const [name, value] of draft.fields) {
    if (name === "photo_id") {
      hidden(name, value);
      continue;
    }
    const input = field(form, name) as HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement | null;
    if (input && !(input instanceof HTMLInputElement && input.type === "file")) input.value = value;
    else if (!input && (name === "same" || name === "number_told")) hidden(name, value);
  }
  const files = await readPhotos();
  const input = form.querySelector<HTMLInputElement>("#photos");
  if (files.length > 0 && input && typeof DataTransfer === "function") {
    const chosen = new DataTransfer();
    for (const file of files) chosen.items.add(file);
    input.files = chosen.files;
    input.dispatchEvent(new Event("change"));
  }
  if (draft.fields.some(([name, value]) => value && (name === "email" || name === "name" || name === "phone")))
    form.querySelector<HTMLDetailsElement>("details.action")?.setAttribute("open", "");
  if (["lat", "lon"].every((name) => field(form, name)?.value)) setPlace(form, Number(field(form, "lat")?.value), Number(field(form, "lon")?.value));
  return draft.waiting;
}

/** The answer of the form in the place of what stands on the page: the form with its faults, or the next step. What is neither, as that
    the photos are too large, is told above the form, which stays. */
function showAnswer(from: HTMLFormElement, html: string): void {
  const next = new DOMParser().parseFromString(html, "text/html");
  const main = next.querySelector("main"), here = document.querySelector("main");
  if (!main?.querySelector("form#report") || !here) return say(from, main?.querySelector("p")?.textContent ?? from.dataset.failed);
  document.title = next.title;
  here.replaceWith(document.adoptNode(main));
  window.scrollTo(0, 0);
  const form = document.querySelector<HTMLFormElement>("form#report");
  if (form) begin(form);
  document.dispatchEvent(new CustomEvent("klotterkoll:content"));
  (document.querySelector<HTMLElement>("[data-focus]") ?? document.querySelector<HTMLElement>("main"))?.focus();
}

function sending(form: HTMLFormElement): void {
  let underWay = false;
  let timer = 0;
  const send = async () => {
    if (underWay) return;
    underWay = true;
    window.clearTimeout(timer);
    // A field for a file in which none was chosen would be sent as an empty file.
    for (const input of form.querySelectorAll<HTMLInputElement>("input[type=file]")) if (!input.files?.length) input.disabled = true;
    const sent = new FormData(form);
    for (const input of form.querySelectorAll<HTMLInputElement>("input[type=file]")) input.disabled = false;
    say(form, form.dataset.sending);
    try {
      const answer = await fetch(form.action, { method: "POST", body: sent, headers: { Accept: "text/html" } });
      if (answer.redirected && answer.ok) {
        await forgetDraft();
        location.assign(answer.url);
        return;
      }
      const html = await answer.text();
      showAnswer(form, html);
    } catch {
      // No connection: it is kept, and sent when there is one again.
      saveDraft(form, true);
      say(form, form.dataset.offline);
      timer = window.setTimeout(() => void send(), RETRY_MS);
    }
    underWay = false;
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void send();
  });
  window.addEventListener("online", () => {
    if (form.isConnected && readDraft()?.waiting) void send();
  });
}

function begin(form: HTMLFormElement): void {
  photos(form);
  locating(form);
  suggesting(form);
  sending(form);
  form.addEventListener("input", () => saveDraft(form));
}

const form = document.querySelector<HTMLFormElement>("form#report");
if (form) {
  begin(form);
  if ("fresh" in form.dataset)
    void restore(form).then((waiting) => {
      if (!readDraft()) return;
      say(form, waiting ? form.dataset.offline : form.dataset.restored);
      if (waiting && navigator.onLine) form.requestSubmit();
    });
}
