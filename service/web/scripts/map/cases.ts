import * as L from "leaflet";
import { aborted, addressFor, asker, type Box, say, text, whenShown } from "./box";

interface Shown {
  type: "Feature";
  geometry: { type: "Point"; coordinates: [number, number] };
  properties: { reference?: string; code?: string; rounded?: boolean; count?: number; bbox?: [number, number, number, number] };
}
interface Answer {
  features: Shown[];
  total: number;
}
interface Details {
  reference: string;
  place: string;
  category: string;
  status: string;
  due?: string;
  thumb?: string;
}

const kDetails = 10;

/** What stands at one place: a case, several cases of the very same place, or a cluster of the service's. */
interface Spot {
  at: L.LatLng;
  cases: { reference: string; code: string }[];
  rounded: boolean;
  count: number;
  bounds?: L.LatLngBounds;
}

function spotsOf(answer: Answer): Spot[] {
  const spots = new Map<string, Spot>();
  for (const { geometry, properties } of answer.features) {
    const [lon, lat] = geometry.coordinates;
    const at = L.latLng(lat, lon);
    if (properties.bbox) {
      const [west, south, east, north] = properties.bbox;
      spots.set(`cluster ${spots.size}`, { at, cases: [], rounded: false, count: properties.count ?? 0, bounds: L.latLngBounds([south, west], [north, east]) });
      continue;
    }
    const key = `${lon},${lat}`;
    const spot = spots.get(key) ?? { at, cases: [], rounded: false, count: 0 };
    spot.cases.push({ reference: properties.reference ?? "", code: properties.code ?? "" });
    spot.rounded ||= properties.rounded ?? false;
    spot.count += 1;
    spots.set(key, spot);
  }
  return [...spots.values()];
}

/** A copy of the shape that the legend has for a clock or a state. */
function shapeOf(box: Box, code: string): Element | undefined {
  return box.element.parentElement?.querySelector(`.map-legend [data-code="${CSS.escape(code)}"] svg`)?.cloneNode(true) as Element | undefined;
}

function iconOf(box: Box, spot: Spot): L.DivIcon {
  const html = document.createElement("div");
  const first = spot.cases[0];
  const same = first && spot.cases.every((one) => one.code === first.code);
  const shape = first && same ? shapeOf(box, first.code) : undefined;
  if (shape) {
    html.className = "map-shape";
    html.append(shape);
    if (spot.count > 1) {
      const count = document.createElement("span");
      count.className = "map-count";
      count.textContent = String(spot.count);
      html.append(count);
    }
    return L.divIcon({ className: "map-mark", html, iconSize: [44, 44] });
  }
  const digits = String(spot.count).length;
  html.className = "map-cluster";
  html.textContent = String(spot.count);
  const size = 44 + Math.max(0, digits - 2) * 8;
  return L.divIcon({ className: "map-mark", html, iconSize: [size, size] });
}

function line(parent: HTMLElement, words: string, name = ""): void {
  if (!words) return;
  const paragraph = document.createElement("p");
  paragraph.textContent = words;
  if (name) paragraph.className = name;
  parent.append(paragraph);
}

/** The address of a case's page, from data-case: "/arende/{reference}". */
function pageOf(box: Box, reference: string): string {
  return (box.element.dataset.case ?? "").replace(/\{reference\}|%7Breference%7D/i, encodeURIComponent(reference));
}

function entryOf(box: Box, reference: string, details?: Details): HTMLElement {
  const entry = document.createElement("div");
  entry.className = "map-case";
  if (details?.thumb) {
    const picture = document.createElement("img");
    picture.src = details.thumb;
    picture.alt = "";
    picture.width = picture.height = 64;
    entry.append(picture);
  }
  const words = document.createElement("div");
  const link = document.createElement("a");
  link.href = pageOf(box, reference);
  link.textContent = details?.place ?? text(box, "show", { reference });
  words.append(link);
  if (details) {
    line(words, details.status, "map-status");
    line(words, details.due ?? "");
    line(words, `${details.category} · ${details.reference}`, "hint");
  }
  entry.append(words);
  return entry;
}

/** Cases on the map: those of what is shown, asked for anew when it is moved. Many come as clusters, counted by the service. */
export function showCases(box: Box, address: string): void {
  const { map, element } = box;
  const layer = L.layerGroup().addTo(map);
  const ask = asker(), askDetails = asker();
  let shown: Spot[] = [];

  const open = (spot: Spot, byKeyboard: boolean): void => {
    if (spot.bounds && map.getZoom() < map.getMaxZoom()) {
      map.fitBounds(spot.bounds, { maxZoom: Math.max(map.getZoom() + 2, 15), padding: [40, 40], animate: false });
      return;
    }
    const content = document.createElement("div");
    content.className = "map-cases";
    const fill = (details?: Map<string, Details>): void => {
      content.replaceChildren();
      for (const { reference } of spot.cases.slice(0, kDetails)) content.append(entryOf(box, reference, details?.get(reference)));
      if (spot.count > Math.min(kDetails, spot.cases.length)) line(content, text(box, "more", { n: spot.count - Math.min(kDetails, spot.cases.length) }));
      if (spot.rounded) line(content, text(box, "rounded"), "hint");
    };
    fill();
    const popup = L.popup({ maxWidth: 280, minWidth: 200, maxHeight: 260, autoPanPadding: [20, 20], offset: [0, -10] });
    popup.setLatLng(spot.at).setContent(content).openOn(map);
    popup.getElement()?.querySelector(".leaflet-popup-close-button")?.setAttribute("aria-label", text(box, "close"));
    if (byKeyboard) content.querySelector("a")?.focus();
    const details = element.dataset.details;
    if (!details || spot.cases.length === 0) return;
    const ids = spot.cases.slice(0, kDetails).map((one) => encodeURIComponent(one.reference)).join(",");
    askDetails(`${details}${details.includes("?") ? "&" : "?"}id=${ids}`).then(
      (answer) => {
        const had = content.contains(document.activeElement);
        fill(new Map((answer as { items: Details[] }).items.map((one) => [one.reference, one])));
        popup.update();
        popup.getElement()?.querySelector(".leaflet-popup-close-button")?.setAttribute("aria-label", text(box, "close"));
        if (had) content.querySelector("a")?.focus();
      },
      () => undefined,  // the links are there already
    );
  };

  const draw = (answer: Answer): void => {
    shown = spotsOf(answer);
    layer.clearLayers();
    for (const spot of shown) {
      const marker = L.marker(spot.at, { icon: iconOf(box, spot), keyboard: false });
      marker.on("click", () => open(spot, false));
      layer.addLayer(marker);
    }
    say(element, text(box, "cases", { n: answer.total }));
  };

  // By the keyboard: what is nearest to the cross.
  box.choose = () => {
    const middle = map.getSize().divideBy(2);
    let nearest: Spot | undefined;
    let least = 120;
    for (const spot of shown) {
      const away = map.latLngToContainerPoint(spot.at).distanceTo(middle);
      if (away < least) [nearest, least] = [spot, away];
    }
    if (nearest) open(nearest, true);
    else say(element, text(box, "nothing"));
  };

  whenShown(map, () => {
    ask(addressFor(map, address)).then(
      (answer) => draw(answer as Answer),
      (fault: unknown) => {
        if (!aborted(fault)) say(element, text(box, "failed"));
      },
    );
  });
}
