export interface Series {
  name: string;
  values: (number | null)[];
}
export interface Numbers {
  labels: string[];
  series: Series[];
}

/** "63,6 %" is 63.6 and "1 234" is 1234, as they are written on our pages; what is no number is null. `data-value` goes before. */
export function numberIn(cell: HTMLElement): number | null {
  const written = cell.dataset.value ?? cell.textContent ?? "";
  const plain = written.replace(/[\s\u00a0\u202f]/g, "").replace("\u2212", "-").replace(",", ".");
  const found = /^-?\d+(\.\d+)?/.exec(plain);
  return found ? Number(found[0]) : null;
}

/** The rows of a table's bodies: the first column labels, the others numbers. `columns` chooses some of them: "1,3", counted from 1. */
export function readTable(table: HTMLTableElement, columns: string | undefined): Numbers {
  const heads = [...(table.tHead?.rows[table.tHead.rows.length - 1]?.cells ?? [])].map((cell) => (cell.textContent ?? "").trim());
  const rows = [...table.tBodies].flatMap((body) => [...body.rows]);
  const wanted = columns ? columns.split(",").map(Number) : heads.map((_, n) => n).slice(1);
  const series = wanted.map((column) => ({
    name: heads[column] ?? "",
    values: rows.map((row) => {
      const cell = row.cells[column];
      return cell ? numberIn(cell) : null;
    }),
  }));
  return {
    labels: rows.map((row) => (row.cells[0]?.textContent ?? "").trim()),
    series: series.filter((one) => one.values.some((value) => value !== null)),
  };
}
