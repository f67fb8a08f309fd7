// Every page, in both languages, narrow and wide, light and dark, enlarged, in forced colours and by keyboard: what axe-core finds, and
// whether it can be used. Leaves pictures of each in build/screenshots, for people to judge.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessibility_faults } from "./support/axe.mjs";
import { desktop, phone, small } from "./support/browser.mjs";
import { in_language, languages, pages } from "./support/pages.mjs";
import { show } from "./support/show.mjs";
import { sticking_out, take_picture, walk_by_keyboard, without_border } from "./support/sight.mjs";

const shown = show({ window: { reducedMotion: "reduce" } });

async function open(one, path) {
  const opened = await shown.window_of(one.role);
  const answer = await opened.page.goto(path);
  assert.equal(answer.status(), one.status ?? 200, `${one.name}: ${path}`);
  return opened;
}

for (const one of pages) {
  for (const language of one.only ? [one.only] : languages)
    test(`accessibility: ${one.name} in ${language} fits, and axe-core finds nothing`, async () => {
      const { page, faults } = await open(one, one.only ? one.at(shown.examples) : in_language(one.at(shown.examples), language));
      const found = [];
      const note = (where, list) => found.push(...list.map((fault) => `${where}: ${fault}`));
      assert.equal(await page.evaluate(() => document.documentElement.lang), language);
      await page.emulateMedia({ colorScheme: "light" });
      await page.setViewportSize(small);
      note("320 px", await sticking_out(page));
      note("320 px", await accessibility_faults(page));
      if (!one.long) {
        await page.setViewportSize(desktop);
        note("1280 px", await accessibility_faults(page));
      }
      if (!one.long && language === languages[0]) {
        // Another scheme is other colours and nothing else, whatever the language.
        await page.emulateMedia({ colorScheme: "dark" });
        note("dark, 1280 px", await accessibility_faults(page, ["color-contrast", "link-in-text-block"]));
        await page.setViewportSize(small);
        note("dark, 320 px", await accessibility_faults(page, ["color-contrast", "link-in-text-block"]));
      }
      assert.deepEqual([...found, ...faults], []);
    });

  test(`accessibility: ${one.name} is usable by keyboard, enlarged, and in forced colours`, async () => {
    const { page, faults } = await open(one, one.at(shown.examples));
    const found = [];
    const note = (where, list) => found.push(...list.map((fault) => `${where}: ${fault}`));
    await page.emulateMedia({ colorScheme: "light" });
    await page.waitForLoadState("networkidle");
    for (const [device, size] of [["desktop", desktop], ["phone", phone]]) {
      await page.setViewportSize(size);
      await take_picture(page, `${one.name}-${device}`, one.long);
    }
    // A window of 1,280 px at 200 %.
    await page.setViewportSize({ width: desktop.width / 2, height: desktop.height / 2 });
    note("200 %", await sticking_out(page));
    await page.setViewportSize(phone);
    note("keyboard", await walk_by_keyboard(page, 50));
    await page.emulateMedia({ forcedColors: "active" });
    note("forced colours", await without_border(page));
    await page.evaluate(() => window.stops?.clear());
    note("forced colours", await walk_by_keyboard(page, 12));
    await page.emulateMedia({ forcedColors: "none" });
    assert.deepEqual([...found, ...faults], []);
  });
}
