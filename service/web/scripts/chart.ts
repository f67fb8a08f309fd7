// Charts: every <figure data-chart="bars|lines|stacked"> of the page, drawn above its table. The table stays: it is what is read out, and
// what has the exact numbers. The attributes are told in web/README.md.
import { Drawing } from "./chart/drawing";
import { readTable } from "./chart/table";

for (const figure of document.querySelectorAll<HTMLElement>("figure[data-chart]")) {
  figure.dataset.drawn = "";
  const table = figure.querySelector("table");
  const read = table && readTable(table, figure.dataset.columns);
  if (!table || !read || read.labels.length === 0 || read.series.length === 0) continue;
  try {
    new Drawing(figure, table, read);
  } catch (fault) {
    console.error(fault);  // the table tells it all
  }
}
