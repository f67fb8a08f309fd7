import * as L from "leaflet";
import { aborted, addressFor, asker, type Box, whenShown } from "./box";

interface Outlines extends GeoJSON.FeatureCollection {
  more?: boolean;
}

/** The outlines of properties: what there is to go by where there is no base map. */
export function drawOutlines(box: Box, address: string): void {
  const { map } = box;
  const least = 13;
  const ask = asker();
  const pane = map.createPane("outlines");
  pane.classList.add("map-outlines");
  let drawn: L.GeoJSON | undefined;
  const clear = (): void => {
    drawn?.remove();
    drawn = undefined;
  };
  whenShown(map, () => {
    if (map.getZoom() < least) return clear();
    ask(addressFor(map, address)).then(
      (answer) => {
        const layer = L.geoJSON(answer as Outlines, {
          pane: "outlines",
          interactive: false,
          style: { className: "outline", weight: 1 },
          onEachFeature: (feature, part) => {
            const name = (feature.properties as { designation?: string } | null)?.designation;
            if (!name || map.getZoom() < 17) return;
            const words = document.createElement("span");
            words.textContent = name;
            part.bindTooltip(words, { permanent: true, direction: "center", className: "outline-name", interactive: false });
          },
        });
        clear();
        drawn = layer.addTo(map);
      },
      (fault: unknown) => {
        if (!aborted(fault)) clear();
      },
    );
  });
}
