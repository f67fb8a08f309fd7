// Maps: every <div class="map" data-map> of the page. The attributes are told in web/README.md, the markup is the template "map". A list on
// the same page tells the same, so what goes wrong here takes nothing away.
import * as L from "leaflet";
import { drawOutlines } from "./map/outlines";
import { pinAt, startPicking } from "./map/pick";
import { showCases } from "./map/cases";
import { type Box, boxOf, number, reducedMotion, say, steer, text } from "./map/box";

const kFarthest = 5, kClosest = 19;

/** Where the map begins: a point at a zoom, else a rectangle "west,south,east,north". */
function setStart(map: L.Map, data: DOMStringMap): void {
  const lat = number(data.lat), lon = number(data.lon);
  if (lat !== undefined && lon !== undefined) {
    map.setView([lat, lon], number(data.zoom) ?? 16);
    return;
  }
  const [west, south, east, north] = (data.bounds ?? "10.5,55,24.3,69.2").split(",").map(Number);
  map.fitBounds([[south ?? 55, west ?? 10.5], [north ?? 69.2, east ?? 24.3]], { animate: false });
}

/** The base map comes through our own host. What it is made of is the operator's text, and no markup. */
function addTiles(box: Box): void {
  const { tiles, attribution } = box.element.dataset;
  if (!tiles) return;
  const words = document.createElement("span");
  words.textContent = attribution ?? "";
  L.tileLayer(tiles, { attribution: words.innerHTML, maxZoom: kClosest, maxNativeZoom: number(box.element.dataset.tilesZoom) ?? 18 }).addTo(box.map);
}

function start(element: HTMLElement): void {
  element.replaceChildren();
  const still = reducedMotion();
  const map = L.map(element, {
    minZoom: kFarthest, maxZoom: kClosest, keyboard: false, scrollWheelZoom: false, zoomControl: false, attributionControl: false,
    zoomAnimation: !still, fadeAnimation: !still, markerZoomAnimation: !still, inertia: !still, worldCopyJump: false,
  });
  const box = boxOf(element, map);
  L.control.zoom({ position: "bottomright", zoomInTitle: text(box, "zoomIn"), zoomOutTitle: text(box, "zoomOut") }).addTo(map);
  L.control.attribution({ prefix: false }).addTo(map);
  L.control.scale({ imperial: false }).addTo(map);
  setStart(map, element.dataset);
  addTiles(box);
  steer(box);
  // A wheel that only wants to go on down the page is left alone until somebody uses the map.
  map.on("focus click", () => map.scrollWheelZoom.enable());
  map.on("blur mouseout", () => map.scrollWheelZoom.disable());
  if (element.dataset.outlines) drawOutlines(box, element.dataset.outlines);
  if (element.dataset.points) showCases(box, element.dataset.points);
  if (element.dataset.pickLat && element.dataset.pickLon) startPicking(box, element.dataset.pickLat, element.dataset.pickLon);
  else if (element.hasAttribute("data-mark")) pinAt(map, map.getCenter());
  // A map in something that was closed when it was made has no size yet.
  new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(element);
  element.dataset.ready = "";
}

function startAll(): void {
  for (const element of document.querySelectorAll<HTMLElement>("[data-map]:not([data-ready])")) {
    try {
      start(element);
    } catch (fault) {
      console.error(fault);
      say(element, element.dataset.textFailed ?? "");
    }
  }
}

startAll();
// A form that is sent by script gets the next step in the place of itself.
document.addEventListener("klotterkoll:content", startAll);
