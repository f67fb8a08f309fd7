// What a page looks like: to people who judge it, and to somebody who uses it without a mouse, enlarged, or in colours of their own.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const screenshots = fileURLToPath(new URL("../../../build/screenshots/", import.meta.url));

/// Writes a picture of the whole page, with all its images, to build/screenshots; of a `long` one of what is in the window.
export async function take_picture(page, name, long) {
  mkdirSync(screenshots, { recursive: true });
  await page.evaluate(() => {
    for (const image of document.images) image.loading = "eager";
    return Promise.race([Promise.all([...document.images].map((image) => image.decode().catch(() => {}))), new Promise((resolve) => setTimeout(resolve, 5000))]);
  });
  await page.screenshot({ path: join(screenshots, name + ".png"), fullPage: !long, animations: "disabled" });
}

/// What sticks out of the window: nobody should have to scroll sideways.
export const sticking_out = (page) => page.evaluate(() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  return [`the page is ${document.documentElement.scrollWidth} wide in ${width}`,
          ...[...document.body.querySelectorAll("*")].filter((one) => one.getBoundingClientRect().right > width + 1).slice(0, 4)
            .map((one) => `${one.tagName.toLowerCase()}.${one.className} reaches ${Math.round(one.getBoundingClientRect().right)}`)];
});

/// Fields and buttons that cannot be told from the ground when colours are forced, since nothing is drawn around them.
export const without_border = (page) => page.evaluate(() =>
  [...document.querySelectorAll("main button, main .button, main input:not([type=hidden]), main select, main textarea, main .notice, main .badge")]
    .filter((one) => one.checkVisibility() && !one.closest(".trap") && !["checkbox", "radio", "range", "file"].includes(one.type))
    .filter((one) => {
      const style = getComputedStyle(one);
      return !(parseFloat(style.borderBottomWidth) >= 1 && style.borderBottomStyle !== "none");
    })
    .slice(0, 5).map((one) => `no border: ${one.outerHTML.slice(0, 120)}`));

/// Goes through the page with the tabulator, up to so many stops, and gives what is wrong on the way: a stop that is not seen, or lies
/// under something else, or that one cannot leave.
export async function walk_by_keyboard(page, stops) {
  const faults = [];
  await page.evaluate(() => document.activeElement?.blur?.());
  const seen = new Set();
  for (let stop = 0; stop < stops; ++stop) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => {
      const one = document.activeElement;
      if (!one || one === document.body || one === document.documentElement) return null;
      window.stops ??= new Map();
      if (!window.stops.has(one)) window.stops.set(one, window.stops.size);
      const style = getComputedStyle(one), box = one.getBoundingClientRect();
      const x = Math.min(Math.max(box.left + box.width / 2, 1), innerWidth - 1), y = Math.min(Math.max(box.top + Math.min(box.height / 2, 10), 1), innerHeight - 1);
      const above = document.elementFromPoint(x, y);
      const label = one.matches("input") && one.closest("label, .choice");
      return { number: window.stops.get(one), what: one.outerHTML.slice(0, 120), outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
               inside: box.bottom > 0 && box.top < innerHeight, free: !above || one.contains(above) || above.contains(one) || (label && label.contains(above)),
               hidden: !one.checkVisibility({ visibilityProperty: true }) || !!one.closest(".trap") };
    });
    if (!at || seen.has(at.number)) break;
    seen.add(at.number);
    if (at.hidden) faults.push(`hidden, but stopped at: ${at.what}`);
    else if (!at.outlined) faults.push(`no outline when focused: ${at.what}`);
    else if (!at.inside) faults.push(`out of sight when focused: ${at.what}`);
    else if (!at.free) faults.push(`covered when focused: ${at.what}`);
  }
  if (seen.size === 0) faults.push("the keyboard reaches nothing");
  return faults.slice(0, 5);
}
