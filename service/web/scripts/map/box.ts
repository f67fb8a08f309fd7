import type * as L from "leaflet";

/** A map on the page, with what other parts of it need. */
export interface Box {
  element: HTMLElement;
  map: L.Map;
  /** What Enter does: the part of the map that is chosen with the keyboard. */
  choose: () => void;
  /** Called when the arrow keys have moved the map. */
  moved: () => void;
  step: number;
}

export function boxOf(element: HTMLElement, map: L.Map): Box {
  return { element, map, choose: () => undefined, moved: () => undefined, step: 80 };
}

/** A sentence of the page: data-text-zoom-in is "zoomIn", with its {marks} filled in. */
export function text(box: Box, name: string, marks: Record<string, string | number> = {}): string {
  const written = box.element.dataset["text" + name.charAt(0).toUpperCase() + name.slice(1)] ?? "";
  return written.replace(/\{(\w+)\}/g, (whole, mark: string) => String(marks[mark] ?? whole));
}

export const number = (written: string | undefined): number | undefined => {
  const read = written === undefined || written.trim() === "" ? NaN : Number(written.replace(",", "."));
  return Number.isFinite(read) ? read : undefined;
};

export const reducedMotion = (): boolean => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Tells something to those who cannot see the map, and under it to all who can. */
export function say(element: HTMLElement, sentence: string): void {
  const told = element.parentElement?.querySelector<HTMLElement>(".map-told");
  if (told && told.textContent !== sentence) told.textContent = sentence;
}

/** Asks the service, at most once at a time: a later question breaks off the one before. */
export function asker(): (address: string) => Promise<unknown> {
  let under = new AbortController();
  return async (address) => {
    under.abort();
    under = new AbortController();
    const answer = await fetch(address, { signal: under.signal, credentials: "same-origin", headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`${answer.status} for ${address}`);
    return answer.json() as Promise<unknown>;
  };
}

/** The address with what the map shows now. */
export function addressFor(map: L.Map, address: string): string {
  const bounds = map.getBounds();
  const bbox = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()].map((degrees) => degrees.toFixed(6)).join(",");
  return `${address}${address.includes("?") ? "&" : "?"}bbox=${bbox}&zoom=${map.getZoom()}`;
}

/** Does the work now and whenever another part of the world is shown, when it has come to rest. */
export function whenShown(map: L.Map, work: () => void): void {
  let waits = 0;
  map.on("moveend", () => {
    clearTimeout(waits);
    waits = setTimeout(work, 200);
  });
  work();
}

export const aborted = (fault: unknown): boolean => fault instanceof DOMException && fault.name === "AbortError";

/** The keyboard: arrows move what is shown under a cross in the middle, + and - zoom, Enter chooses what is at the cross. One stop of the tab
    key, however many cases there are. */
export function steer(box: Box): void {
  const { element, map } = box;
  const cross = document.createElement("div");
  cross.className = "map-cross";
  cross.setAttribute("aria-hidden", "true");
  element.append(cross);
  element.tabIndex = 0;
  element.setAttribute("role", "application");
  element.setAttribute("aria-label", text(box, "label"));
  const help = element.parentElement?.querySelector<HTMLElement>(".map-help");
  if (help?.id) element.setAttribute("aria-describedby", help.id);
  const directions: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  element.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && element.querySelector(".leaflet-popup")) {
      map.closePopup();
      element.focus({ preventScroll: true });
      event.preventDefault();
    }
    if (event.target !== element || event.altKey || event.ctrlKey || event.metaKey) return;
    const direction = directions[event.key];
    if (direction) {
      const step = box.step * (event.shiftKey ? 4 : 1);
      map.panBy([direction[0] * step, direction[1] * step], { animate: false });
      box.moved();
    } else if (event.key === "+" || event.key === "-") {
      map.setZoom(map.getZoom() + (event.key === "+" ? 1 : -1));
    } else if (event.key === "Enter" || event.key === " ") {
      box.choose();
    } else {
      return;
    }
    event.preventDefault();
  });
}
