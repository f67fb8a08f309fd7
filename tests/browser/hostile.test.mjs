// Somebody who means harm: script in every field, photos that are too large, and more sendings than anybody needs.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openBrowser, openWindow, walkIn } from "./support/browser.mjs";
import { new_spot } from "./support/examples.mjs";
import { jpeg, larger_than } from "./support/pictures.mjs";
import { openTown } from "./support/town.mjs";

let town, browser;
before(async () => {
  [town, browser] = await Promise.all([openTown({ limits: true }), openBrowser()]);
});
after(async () => {
  await browser?.close();
  await town?.close();
});

const script = (n) => `"><script>window.harmed=${n}</script><img src=x onerror="window.harmed=${n}">{{t.citizen_trap}}{{{content}}}`;
const send_button = (page) => page.locator("form#report button[type=submit]").last();

test("hostile: script in every field stays text on every page that shows it", async () => {
  const { page, faults, close } = await openWindow(browser, town);
  const spot = new_spot();
  await page.goto("/anmal");
  await page.locator("form#report").evaluate((form) => {
    form.noValidate = true;
    for (const details of form.querySelectorAll("details")) details.open = true;
  });
  await page.locator("#lat").fill(String(spot.lat));
  await page.locator("#lon").fill(String(spot.lon));
  await page.locator("#category").selectOption("tag");
  const fields = ["address", "description", "name", "phone", "email"];
  for (const [n, field] of fields.entries()) await page.locator(`#${field}`).fill(script(n + 1));
  await send_button(page).click();
  // The address is none: the form comes back with all that was typed.
  await page.getByRole("alert").waitFor();
  for (const [n, field] of fields.entries()) assert.equal(await page.locator(`#${field}`).inputValue(), script(n + 1).slice(0, await page.locator(`#${field}`).evaluate((one) => one.maxLength)));
  await page.locator("#email").fill("");
  await page.locator("#phone").fill("0413-28 000");
  await send_button(page).click();
  await page.waitForURL(/\/arende\//);
  const reference = page.url().match(/\/arende\/([0-9A-Z-]{12})/)[1];
  const unharmed = async () => {
    assert.equal(await page.evaluate(() => window.harmed), undefined, page.url());
    assert.equal(await page.locator("img[src=x]").count(), 0, page.url());
  };
  await unharmed();
  // Those who work with it see more of what was typed.
  await walkIn(page, "municipality");
  for (const path of ["/kommun", "/kommun/fordela", "/kommun/arenden", `/kommun/arenden/${reference}`, "/oversikt", `/arende/${reference}`]) {
    assert.equal((await page.goto(path)).status(), 200, path);
    await unharmed();
  }
  await page.goto(`/kommun/arenden/${reference}`);
  assert.match(await page.locator("main").innerText(), /<script>window\.harmed=2<\/script>/, "it is shown as it was typed");
  for (const path of ["/oversikt", "/kommun/fordela", "/kommun/arenden", "/arende/", "/anmal/adresser"]) {
    await page.goto(`${path}?q=${encodeURIComponent(script(9))}&lang=${encodeURIComponent(script(9))}&sida=${encodeURIComponent(script(9))}`);
    await unharmed();
  }
  assert.deepEqual(faults, []);
  await close();
});

test("hostile: a photo of more than 20 MB is refused in words, and what was typed stays", async () => {
  const { page, faults, close } = await openWindow(browser, town, { javaScriptEnabled: false });
  const opened = await openWindow(browser, town);
  const large = larger_than(await jpeg(opened.page), 20 * 1024 * 1024);
  await opened.close();
  await page.goto("/anmal");
  await page.locator("#category").selectOption("tag");
  await page.locator("#address").fill("Storgatan 12");
  await page.locator("#photos").setInputFiles({ name: "stor.jpg", mimeType: "image/jpeg", buffer: large });
  await send_button(page).click();
  await page.getByRole("alert").waitFor();
  assert.match(await page.locator("#photo_error").innerText(), /20 MB/);
  assert.equal(await page.locator("#address").inputValue(), "Storgatan 12");
  assert.deepEqual(faults, []);
  await close();
});

test("hostile: who sends fifty reports in a row is told to wait, and others are served", async () => {
  const { page, close } = await openWindow(browser, town);
  await page.goto("/anmal");
  const statuses = await page.evaluate(async (spots) => {
    const statuses = [];
    for (const { lat, lon } of spots) {
      const form = new FormData(document.querySelector("form#report"));
      form.set("lat", lat);
      form.set("lon", lon);
      form.set("category", "other");
      form.delete("photo");
      form.set("key", crypto.randomUUID());
      statuses.push((await fetch("/anmal", { method: "POST", body: form })).status);
    }
    return statuses;
  }, Array.from({ length: 50 }, new_spot));
  assert.ok(statuses.filter((status) => status === 429).length >= 10, `${statuses}`);
  assert.ok(statuses.every((status) => status === 429 || status === 200), `${statuses}`);
  assert.equal(statuses.at(-1), 429);
  // Reading is not sending.
  for (const path of ["/", "/anmal", "/oversikt"]) assert.equal((await page.goto(path)).status(), 200);
  await close();
});
