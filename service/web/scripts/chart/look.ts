/** Colours of a chart, from the page's own. No series is known by its colour alone: each has a pattern and a dash besides. */
export interface Look {
  ink: string;
  soft: string;
  paper: string;
  faint: string;
  series: string[];
}

export function lookNow(printing: boolean): Look {
  if (printing) return { ink: "#000000", soft: "#000000", paper: "#ffffff", faint: "#bbbbbb", series: ["#000000"] };
  if (matchMedia("(forced-colors: active)").matches) return { ink: "CanvasText", soft: "CanvasText", paper: "Canvas", faint: "GrayText", series: ["CanvasText"] };
  const page = getComputedStyle(document.documentElement);
  const colour = (name: string): string => page.getPropertyValue(name).trim();
  return {
    ink: colour("--ink"), soft: colour("--soft"), paper: colour("--paper"), faint: colour("--faint"),
    series: [colour("--strong"), colour("--bad"), colour("--link"), colour("--warn"), colour("--soft"), colour("--ink")],
  };
}

export const colourOf = (look: Look, n: number): string => look.series[n % look.series.length] ?? look.ink;

const kDashes = [[], [8, 4], [2, 3], [10, 3, 2, 3], [14, 4], [4, 2]];
export const dashOf = (n: number): number[] => kDashes[n % kDashes.length] ?? [];

/** What fills the bars of the n-th series: plain, then lines and dots that differ without colour. */
export function patternOf(context: CanvasRenderingContext2D, look: Look, n: number): string | CanvasPattern {
  const colour = colourOf(look, n);
  if (n % 6 === 0) return colour;
  const size = 8 * Math.max(1, Math.round(devicePixelRatio));
  const tile = document.createElement("canvas");
  tile.width = tile.height = size;
  const draw = tile.getContext("2d");
  if (!draw) return colour;
  draw.fillStyle = look.paper;
  draw.fillRect(0, 0, size, size);
  draw.strokeStyle = draw.fillStyle = colour;
  draw.lineWidth = size / 4;
  const line = (x0: number, y0: number, x1: number, y1: number): void => {
    draw.beginPath();
    draw.moveTo(x0 * size, y0 * size);
    draw.lineTo(x1 * size, y1 * size);
    draw.stroke();
  };
  switch (n % 6) {
    case 1: for (const at of [-1, 0, 1]) line(at - 0.25, -0.25, at + 1.25, 1.25); break;
    case 2: line(0, 0.5, 1, 0.5); break;
    case 3: draw.fillRect(size / 4, size / 4, size / 2, size / 2); break;
    case 4: line(0.5, 0, 0.5, 1); break;
    default: for (const at of [-1, 0, 1]) line(at + 1.25, -0.25, at - 0.25, 1.25);
  }
  return context.createPattern(tile, "repeat") ?? colour;
}
