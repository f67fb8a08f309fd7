// Every page, in both languages, narrow and wide, light and dark: what axe-core finds, and whether it fits.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessibility_faults } from "./support/axe.mjs";
import { desktop, openBrowser, openWindow, small, walkIn } from "./support/browser.mjs";
import { make_examples } from "./support/examples.mjs";
import { in_language, languages, pages } from "./support/pages.mjs";
import { jpeg } from "./support/pictures.mjs";
import { openTown } from "./support/town.mjs";

let town, browser, examples;
const windows = new Map();

before(async () => {
  [town, browser] = await Promise.all([openTown(), openBrowser()]);
  const { page, close } = await openWindow(browser, town);
  await page.goto("/logga-in");
  examples = await make_examples(town, await jpeg(page));
  await close();
});
after(async () => {
  await browser?.close();
  await town?.close();
});

/// A window in which somebody with that role has signed in.
async function window_of(role = "nobody") {
  if (!windows.has(role)) {
    const opened = await openWindow(browser, town, { reducedMotion: "reduce" });
    if (role !== "nobody") await walkIn(opened.page, role);
    windows.set(role, opened);
  }
  return windows.get(role);
}

/// What sticks out of the window: things must not have to be scrolled sideways to.
const sticking_out = (page) => page.evaluate(() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  return [...document.body.querySelectorAll("*")].filter((one) => one.getBoundingClientRect().right > width + 1).slice(0, 5)
    .map((one) => `${one.tagName.toLowerCase()}.${one.className} reaches ${Math.round(one.getBoundingClientRect().right)} of ${width}`);
});

for (const one of pages)
  for (const language of one.only ? [one.only] : languages)
    test(`pages: ${one.name} in ${language} is accessible and fits`, async () => {
      const { page, faults } = await window_of(one.role);
      faults.length = 0;
      const found = [];
      const note = (where, list) => found.push(...list.map((fault) => `${where}: ${fault}`));
      await page.emulateMedia({ colorScheme: "light" });
      await page.setViewportSize(small);
      const answer = await page.goto(one.only ? one.at(examples) : in_language(one.at(examples), language));
      assert.equal(answer.status(), one.status ?? 200);
      assert.equal(await page.evaluate(() => document.documentElement.lang), language);
      note("320 px", await sticking_out(page));
      note("320 px", await accessibility_faults(page));
      if (one.long) return assert.deepEqual([...found, ...faults], []);
      await page.setViewportSize(desktop);
      note("1280 px", await accessibility_faults(page));
      // Another scheme is other colours.
      await page.emulateMedia({ colorScheme: "dark" });
      note("dark, 1280 px", await accessibility_faults(page, ["color-contrast", "link-in-text-block"]));
      await page.setViewportSize(small);
      note("dark, 320 px", await accessibility_faults(page, ["color-contrast", "link-in-text-block"]));
      assert.deepEqual([...found, ...faults], []);
    });
