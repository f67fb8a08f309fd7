// Each page as it looks on a phone and on a desk, in build/screenshots, for people to judge.
import assert from "node:assert/strict";
import { mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { desktop, phone } from "./support/browser.mjs";
import { pages } from "./support/pages.mjs";
import { show } from "./support/show.mjs";

const folder = fileURLToPath(new URL("../../build/screenshots/", import.meta.url));
const shown = show({ window: { reducedMotion: "reduce", colorScheme: "light" } });
before(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
});

for (const one of pages)
  test(`screenshots: ${one.name}`, async () => {
    const { page } = await shown.window_of(one.role);
    for (const [device, size] of [["phone", phone], ["desktop", desktop]]) {
      await page.setViewportSize(size);
      await page.goto(one.at(shown.examples), { waitUntil: "networkidle" });
      const file = join(folder, `${one.name}-${device}.png`);
      // Chromium draws no more than so many rows of a page.
      await page.screenshot({ path: file, fullPage: !one.long });
      assert.ok(statSync(file).size > 1000);
    }
  });
