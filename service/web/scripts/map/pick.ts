import * as L from "leaflet";
import { type Box, number, say, text } from "./box";

function svg(paths: [string, string][]): SVGSVGElement {
  const space = "http://www.w3.org/2000/svg";
  const drawn = document.createElementNS(space, "svg");
  drawn.setAttribute("viewBox", "0 0 24 32");
  drawn.setAttribute("aria-hidden", "true");
  for (const [name, path] of paths) {
    const part = document.createElementNS(space, "path");
    part.setAttribute("class", name);
    part.setAttribute("d", path);
    drawn.append(part);
  }
  return drawn;
}

/** A pin whose foot stands at the place. */
export function pinAt(map: L.Map, at: L.LatLng): L.Marker {
  const html = document.createElement("div");
  html.append(svg([["pin", "M12 1a10 10 0 0 1 10 10c0 7-7 13-10 20C9 24 2 18 2 11A10 10 0 0 1 12 1z"], ["pin-eye", "M12 7a4 4 0 1 1 0 8 4 4 0 0 1 0-8z"]]));
  const icon = L.divIcon({ className: "map-pin", html, iconSize: [36, 48], iconAnchor: [18, 47] });
  return L.marker(at, { icon, keyboard: false, interactive: false, zIndexOffset: 1000 }).addTo(map);
}

/** A tap, or the arrow keys, choose a place: two inputs of the page get it. What fills them in otherwise moves the mark. */
export function startPicking(box: Box, latName: string, lonName: string): void {
  const { map, element } = box;
  const scope: ParentNode = element.closest("form") ?? document;
  const lat = scope.querySelector<HTMLInputElement>(`[name="${CSS.escape(latName)}"]`);
  const lon = scope.querySelector<HTMLInputElement>(`[name="${CSS.escape(lonName)}"]`);
  if (!lat || !lon) return;
  box.step = 20;
  let pin: L.Marker | undefined;
  let writing = false;

  const stand = (at: L.LatLng): void => {
    if (pin) pin.setLatLng(at);
    else pin = pinAt(map, at);
  };
  const pick = (at: L.LatLng): void => {
    stand(at);
    lat.value = at.lat.toFixed(6);
    lon.value = at.lng.toFixed(6);
    writing = true;
    for (const input of [lat, lon]) {
      input.dispatchEvent(new Event("input", { bubbles: true }));
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }
    writing = false;
    element.dispatchEvent(new CustomEvent("map:pick", { bubbles: true, detail: { lat: at.lat, lon: at.lng } }));
    say(element, text(box, "picked", { lat: at.lat.toFixed(5), lon: at.lng.toFixed(5) }));
  };
  const follow = (move: boolean): void => {
    const at: [number | undefined, number | undefined] = [number(lat.value), number(lon.value)];
    if (writing) return;
    if (at[0] === undefined || at[1] === undefined || Math.abs(at[0]) > 85 || Math.abs(at[1]) > 180) {
      pin?.remove();
      pin = undefined;
      return;
    }
    const place = L.latLng(at[0], at[1]);
    stand(place);
    if (move) map.setView(place, Math.max(map.getZoom(), 16), { animate: false });
  };

  map.on("click", (event) => pick(event.latlng));
  box.choose = () => pick(map.getCenter());
  // What is moved with the keyboard is the mark: it stands under the cross.
  box.moved = () => pick(map.getCenter());
  for (const input of [lat, lon]) input.addEventListener("change", () => follow(true));
  follow(true);
}
