import uPlot from "uplot";
import { colourOf, dashOf, type Look, lookNow, patternOf } from "./look";
import type { Numbers, Series } from "./table";

type Kind = "bars" | "lines" | "stacked";

const kHeight = 260, kPrintWidth = 640, kLabelled = 14;

/** Each series with those before it under it. */
function stacked(series: Series[]): (number | null)[][] {
  const sums: number[] = [];
  return series.map((one) => one.values.map((value, n) => (sums[n] = (sums[n] ?? 0) + (value ?? 0))));
}

/** One chart above its table, drawn anew when the width, the colours or the paper change. */
export class Drawing {
  private readonly kind: Kind;
  private readonly place = document.createElement("div");
  private readonly legend = document.createElement("ul");
  private readonly written = new Intl.NumberFormat(document.documentElement.lang || "sv", { maximumFractionDigits: 1 });
  private readonly unit: string;
  private plot: uPlot | undefined;
  private printing = false;
  private width = 0;

  constructor(private readonly figure: HTMLElement, private readonly table: HTMLTableElement, private readonly numbers: Numbers) {
    this.kind = figure.dataset.chart === "lines" || figure.dataset.chart === "stacked" ? figure.dataset.chart : "bars";
    this.unit = figure.dataset.unit ?? "";
    this.place.className = "chart-place";
    this.legend.className = "chart-legend";
    this.legend.setAttribute("aria-hidden", "true");
    const above = table.closest(".table") ?? table;
    above.before(this.place);
    if (numbers.series.length > 1) this.place.before(this.legend);
    new ResizeObserver(() => this.fit()).observe(this.place);
    for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) matchMedia(query).addEventListener("change", () => this.draw());
    addEventListener("beforeprint", () => this.print(true));
    addEventListener("afterprint", () => this.print(false));
    this.fit();
  }

  private print(printing: boolean): void {
    this.printing = printing;
    this.width = printing ? kPrintWidth : this.place.clientWidth;
    this.draw();
  }

  private fit(): void {
    const width = this.place.clientWidth;
    if (this.printing || width === 0 || width === this.width) return;
    this.width = width;
    this.draw();
  }

  private format(value: number): string {
    return this.written.format(value) + (this.unit ? `\u00a0${this.unit}` : "");
  }

  private draw(): void {
    const look = lookNow(this.printing);
    this.plot?.destroy();
    const sums = this.kind === "stacked" ? stacked(this.numbers.series) : this.numbers.series.map((one) => one.values);
    // What lies on top of the others is the whole; the parts below are drawn over it.
    const order = sums.map((_, n) => n);
    if (this.kind === "stacked") order.reverse();
    const data: uPlot.AlignedData = [this.numbers.labels.map((_, n) => n), ...order.map((n) => sums[n] ?? [])];
    this.plot = new uPlot(this.options(look, order), data, this.place);
    const canvas = this.plot.ctx.canvas;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", this.alternative());
    if (this.numbers.series.length > 1) this.drawLegend(look);
  }

  private alternative(): string {
    const caption = (this.table.caption ?? this.figure.querySelector("figcaption"))?.textContent?.trim();
    return [caption, this.figure.dataset.alt].filter(Boolean).join(". ");
  }

  private options(look: Look, order: number[]): uPlot.Options {
    const count = this.numbers.labels.length;
    const font = `14px ${getComputedStyle(document.body).fontFamily}`;
    const most = Number(this.figure.dataset.max);
    return {
      width: this.width,
      height: kHeight,
      legend: { show: false },
      cursor: { show: false },
      padding: [this.direct() ? 20 : 10, 8, 0, 0],
      scales: {
        x: { time: false, range: [-0.5, count - 0.5] },
        y: { range: (_plot, _least, greatest) => [0, most > 0 ? most : Math.max(1, (greatest ?? 1) * 1.08)] },
      },
      axes: [
        {
          stroke: look.ink, font, size: 32, grid: { show: false }, ticks: { stroke: look.faint },
          splits: (plot) => this.shownLabels(plot),
          values: (_plot, splits) => splits.map((n) => this.numbers.labels[n] ?? ""),
        },
        {
          stroke: look.ink, font, size: (_plot, values) => 16 + 9 * Math.max(2, ...(values ?? []).map((value) => value.length)),
          grid: { stroke: look.faint, width: 1 }, ticks: { stroke: look.faint },
          values: (_plot, splits) => splits.map((value) => this.format(value)),
          incrs: [1, 2, 5, 10, 20, 25, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000],
        },
      ],
      series: [{}, ...order.map((n) => this.seriesOptions(look, n))],
      hooks: {
        drawClear: [(plot) => {
          plot.ctx.fillStyle = look.paper;
          plot.ctx.fillRect(0, 0, plot.ctx.canvas.width, plot.ctx.canvas.height);
        }],
        draw: this.direct() ? [(plot) => this.drawValues(plot, look, font)] : [],
      },
    };
  }

  private seriesOptions(look: Look, n: number): uPlot.Series {
    const stroke = colourOf(look, n);
    if (this.kind === "lines") return { stroke, width: 3, dash: dashOf(n), spanGaps: false, points: { show: true, size: 8, stroke, fill: n % 2 === 0 ? stroke : look.paper } };
    return {
      stroke: look.ink, width: 1, points: { show: false },
      fill: (plot: uPlot) => patternOf(plot.ctx, look, n) as string,  // a canvas takes a pattern where it takes a colour
      paths: (plot, series, from, to) => this.bars(plot, series, n, from, to),
    };
  }

  /** The bars of a series: beside those of the others, or over the same ground. */
  private bars(plot: uPlot, series: number, n: number, from: number, to: number): uPlot.Series.Paths {
    const path = new Path2D();
    const bars = this.kind === "bars" ? this.numbers.series.length : 1;
    const room = Math.abs(plot.valToPos(1, "x", true) - plot.valToPos(0, "x", true));
    const width = Math.min(room * 0.8, 80 * devicePixelRatio * bars) / bars;
    const ground = plot.valToPos(0, "y", true);
    for (let at = from; at <= to; ++at) {
      const value = plot.data[series]?.[at];
      if (value === null || value === undefined || value === 0) continue;
      const left = plot.valToPos(at, "x", true) - (width * bars) / 2 + (bars > 1 ? n * width : 0);
      const top = plot.valToPos(value, "y", true);
      path.rect(Math.round(left), Math.round(top), Math.max(1, Math.round(width) - 1), Math.round(ground - top));
    }
    return { stroke: path, fill: path, flags: 3 };
  }

  /** With one series of few bars each bar has its number on it. */
  private direct(): boolean {
    return this.kind === "bars" && this.numbers.series.length === 1 && this.numbers.labels.length <= kLabelled && this.width / this.numbers.labels.length > 40;
  }

  private drawValues(plot: uPlot, look: Look, font: string): void {
    const { ctx } = plot;
    ctx.save();
    ctx.fillStyle = look.ink;
    ctx.font = font.replace("14px", `${Math.round(13 * devicePixelRatio)}px`);
    ctx.textAlign = "center";
    ctx.textBaseline = "bottom";
    this.numbers.series[0]?.values.forEach((value, n) => {
      if (value !== null) ctx.fillText(this.format(value), plot.valToPos(n, "x", true), plot.valToPos(value, "y", true) - 3 * devicePixelRatio);
    });
    ctx.restore();
  }

  /** As many labels as there is room for, the first one among them. */
  private shownLabels(plot: uPlot): number[] {
    const { labels } = this.numbers;
    const widest = Math.max(...labels.map((label) => label.length)) * 8 + 12;
    const room = Math.max(1, plot.bbox.width / devicePixelRatio || this.width - 60) / labels.length;
    const each = Math.max(1, Math.ceil(widest / room));
    return labels.map((_, n) => n).filter((n) => n % each === 0);
  }

  private drawLegend(look: Look): void {
    this.legend.replaceChildren(...this.numbers.series.map((one, n) => {
      const item = document.createElement("li");
      const swatch = document.createElement("canvas");
      const ratio = devicePixelRatio;
      swatch.width = 36 * ratio;
      swatch.height = 18 * ratio;
      const draw = swatch.getContext("2d");
      if (draw && this.kind === "lines") {
        draw.strokeStyle = colourOf(look, n);
        draw.lineWidth = 3 * ratio;
        draw.setLineDash(dashOf(n).map((part) => part * ratio));
        draw.beginPath();
        draw.moveTo(0, 9 * ratio);
        draw.lineTo(36 * ratio, 9 * ratio);
        draw.stroke();
      } else if (draw) {
        draw.fillStyle = patternOf(draw, look, n);
        draw.fillRect(0, 0, swatch.width, swatch.height);
        draw.strokeStyle = look.ink;
        draw.strokeRect(0, 0, swatch.width, swatch.height);
      }
      item.append(swatch, one.name);
      return item;
    }));
  }
}
