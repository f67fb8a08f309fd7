// A report that is being written is kept in the browser, its photos too, until it has come through: a lost connection or a telephone
// that puts the page away loses nothing. After a day it is forgotten, and nothing of it leaves the browser but by sending the form.

const KEY = "klotterkoll.report";
const KEPT_MS = 24 * 60 * 60 * 1000;
/** What does not belong to a draft: whose session it is, and what only machines fill in. */
const LEFT_OUT = new Set(["form_token", "webbplats"]);

export interface Draft {
  at: number;
  fields: [string, string][];
  /** It was sent, and no answer came. */
  waiting: boolean;
}

function database(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const open = indexedDB.open("klotterkoll", 1);
    open.onupgradeneeded = () => open.result.createObjectStore("photos");
    open.onsuccess = () => resolve(open.result);
    open.onerror = () => reject(open.error);
  });
}

async function withPhotos<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const opened = await database();
  try {
    return await new Promise<T>((resolve, reject) => {
      const request = work(opened.transaction("photos", mode).objectStore("photos"));
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  } finally {
    opened.close();
  }
}

export function saveDraft(form: HTMLFormElement, waiting = false): void {
  const fields: [string, string][] = [];
  for (const [name, value] of new FormData(form)) if (typeof value === "string" && !LEFT_OUT.has(name)) fields.push([name, value]);
  try {
    localStorage.setItem(KEY, JSON.stringify({ at: Date.now(), fields, waiting } satisfies Draft));
  } catch {
    // Private windows may keep nothing: the form works without.
  }
}

export function readDraft(): Draft | null {
  try {
    const draft = JSON.parse(localStorage.getItem(KEY) ?? "null") as Draft | null;
    if (draft && Date.now() - draft.at < KEPT_MS && Array.isArray(draft.fields)) return draft;
  } catch {
    // What cannot be read is no draft.
  }
  return null;
}

export async function savePhotos(files: File[]): Promise<void> {
  await withPhotos("readwrite", (store) => store.put(files, "files")).catch(() => undefined);
}

export async function readPhotos(): Promise<File[]> {
  const found = await withPhotos<unknown>("readonly", (store) => store.get("files")).catch(() => undefined);
  return Array.isArray(found) ? found.filter((one): one is File => one instanceof File) : [];
}

export async function forgetDraft(): Promise<void> {
  try {
    localStorage.removeItem(KEY);
  } catch {
    // Nothing was kept.
  }
  await withPhotos("readwrite", (store) => store.delete("files")).catch(() => undefined);
}
