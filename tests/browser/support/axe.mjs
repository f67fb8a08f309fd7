// axe-core, with the rules of WCAG 2.2 AA and its best practices.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/// What is wrong with the page as it stands, a sentence each. `rules`: only these.
export async function accessibility_faults(page, rules) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(source);
  const violations = await page.evaluate(async ([tags, rules]) => {
    const run = { type: "tag", values: tags };
    const result = await axe.run(document, { runOnly: rules ? { type: "rule", values: rules } : run, resultTypes: ["violations"], elementRef: false });
    return result.violations.map(({ id, help, nodes }) => ({ id, help, where: nodes.map((node) => node.target.join(" ") + ": " + node.any.concat(node.all, node.none).map((check) => check.message).join("; ")) }));
  }, [tags, rules]);
  return violations.map(({ id, help, where }) => `${id}: ${help}\n    ${where.slice(0, 4).join("\n    ")}${where.length > 4 ? `\n    and ${where.length - 4} more` : ""}`);
}
