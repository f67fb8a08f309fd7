// A citizen with a phone: reports with a photo, with and without script, where the connection comes and goes.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openBrowser, openWindow, phone } from "./support/browser.mjs";
import { new_spot, random_number, reports_saying } from "./support/examples.mjs";
import { jpeg, with_place } from "./support/pictures.mjs";
import { eventually } from "./support/processes.mjs";
import { openTown } from "./support/town.mjs";

let town, browser, picture;
before(async () => {
  [town, browser] = await Promise.all([openTown(), openBrowser()]);
  const { page, close } = await openWindow(browser, town);
  picture = await jpeg(page);
  await close();
});
after(async () => {
  await browser?.close();
  await town?.close();
});

const telephone = (options = {}) => openWindow(browser, town, { viewport: phone, isMobile: true, hasTouch: true, ...options });
const file = (bytes) => ({ name: "IMG_2041.jpg", mimeType: "image/jpeg", buffer: bytes });
const something_seen = () => `Blå målning på muren, nummer ${random_number()}.`;
const send_button = (page) => page.locator("form#report button[type=submit]").last();

/// Types a report of a place that is written down.
async function write(page, { spot, text }) {
  if (!(await page.locator("#lat").isVisible())) await page.locator("details.coordinates summary").click();
  await page.locator("#lat").fill(spot.lat.toFixed(5));
  await page.locator("#lon").fill(spot.lon.toFixed(5));
  await page.locator("#category").selectOption("piece");
  await page.locator("#description").fill(text);
}

/// What the receipt promises, and what the kommun got.
async function check_receipt(page, text) {
  await page.waitForURL(/\/arende\/[0-9A-Z-]{12}/);
  const reference = page.url().match(/\/arende\/([0-9A-Z-]{12})/)[1];
  const main = page.locator("main");
  await main.getByText("Tack för din anmälan").waitFor();
  assert.match(await main.innerText(), new RegExp(reference));
  assert.match(await main.innerText(), /[Ss]ka vara borta senast .* kl\. \d\d\.\d\d/, "the deadline in words");
  const code = main.getByRole("img", { name: /QR/ });
  await code.scrollIntoViewIfNeeded();
  await eventually("the QR code", () => code.evaluate((image) => image.complete && image.naturalWidth > 0));
  const reports = await reports_saying(town, text);
  assert.equal(reports.length, 1, "one report");
  const found = await town.api("municipality", "GET", `/cases/${reference}`);
  return { reference, found };
}

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? "with script" : "without script";

  test(`citizen: reports with a photo that knows its place, ${how}`, async () => {
    const { page, context, faults, close } = await telephone({ javaScriptEnabled });
    const spot = new_spot(), text = something_seen();
    await page.goto("/");
    await page.locator("main").getByRole("link", { name: /Anmäl klotter/ }).first().click();
    await page.waitForURL(/\/anmal/);
    assert.match(await page.locator("main").innerText(), /114 14[^]*112/, "it says that this is no police report");
    await page.locator("#photos").setInputFiles(file(with_place(picture, spot.lat, spot.lon)));
    await page.locator("#category").selectOption("piece");
    await page.locator("#description").fill(text);
    if (javaScriptEnabled) {
      await eventually("the photo's place", () => page.locator("#lat").inputValue());
    } else {
      // The photo tells where it was taken once it has been sent; the sender looks at that and sends again.
      await send_button(page).click();
      await page.locator("main").getByRole("status").first().waitFor();
      assert.equal(await page.locator("#description").inputValue(), text);
    }
    assert.ok(Math.abs((await page.locator("#lat").inputValue()) - spot.lat) < 0.0001, "the latitude of the photo");
    assert.ok(Math.abs((await page.locator("#lon").inputValue()) - spot.lon) < 0.0001, "the longitude of the photo");
    await send_button(page).click();
    const { found } = await check_receipt(page, text);
    assert.ok(Math.abs(found.location.lat - spot.lat) < 0.0001 && Math.abs(found.location.lon - spot.lon) < 0.0001);
    assert.equal(found.photos.length, 1);
    assert.deepEqual(await context.cookies(), []);
    assert.deepEqual(faults, []);
    await close();
  });

  test(`citizen: a double click makes one case, ${how}`, async () => {
    const { page, faults, close } = await telephone({ javaScriptEnabled });
    const text = something_seen();
    await page.goto("/anmal");
    await write(page, { spot: new_spot(), text });
    await send_button(page).dblclick();
    await check_receipt(page, text);
    assert.deepEqual(faults, []);
    await close();
  });

  test(`citizen: faults are told at the top and at the field, and nothing typed is lost, ${how}`, async () => {
    const { page, faults, close } = await telephone({ javaScriptEnabled });
    const text = something_seen();
    await page.goto("/anmal");
    await page.locator("#description").fill(text);
    await page.locator("form#report details.action summary").click();
    await page.locator("#email").fill("ingen adress");
    // What the browser itself would stop is here left to the server.
    await page.locator("form#report").evaluate((form) => (form.noValidate = true));
    await send_button(page).click();
    const list = page.getByRole("alert");
    await list.waitFor();
    assert.equal(await page.locator("#description").inputValue(), text);
    assert.equal(await page.locator("#email").inputValue(), "ingen adress");
    for (const field of ["category", "email"]) {
      assert.equal(await page.locator(`#${field}`).getAttribute("aria-invalid"), "true");
      assert.ok(await page.locator(`#${field}_error`).isVisible());
      assert.equal(await list.locator(`a[href="#${field}"]`).count(), 1);
    }
    assert.deepEqual(await reports_saying(town, text), []);
    assert.deepEqual(faults, []);
    await close();
  });

  test(`citizen: is asked whether it is a case nearby, and joins it, ${how}`, async () => {
    const spot = new_spot(), text = something_seen();
    const first = (await town.api("municipality", "POST", "/reports", { location: spot, category: "piece", owner_id: "hfab" })).case;
    const { page, faults, close } = await telephone({ javaScriptEnabled });
    await page.goto("/anmal");
    await write(page, { spot, text });
    await send_button(page).click();
    await page.locator(`[name=same][value="${first.reference}"]`).check();
    await send_button(page).click();
    const { reference } = await check_receipt(page, text);
    assert.equal(reference, first.reference);
    assert.deepEqual(faults, []);
    await close();
  });
}

test("citizen: a report that is sent without a connection comes through when there is one", async () => {
  const { page, context, faults, close } = await telephone();
  const text = something_seen();
  await page.goto("/anmal", { waitUntil: "networkidle" });
  await page.locator("#photos").setInputFiles(file(picture));
  await write(page, { spot: new_spot(), text });
  await context.setOffline(true);
  await send_button(page).click();
  await page.locator("[data-status]").filter({ hasText: /./ }).waitFor();
  assert.equal(await page.locator("#description").inputValue(), text);
  assert.deepEqual(await reports_saying(town, text), []);
  await context.setOffline(false);
  await check_receipt(page, text);
  assert.deepEqual(faults.filter((fault) => !/INTERNET_DISCONNECTED/.test(fault)), []);
  await close();
});

test("citizen: a report that was begun is there when the page is opened again", async () => {
  const { page, context, faults, close } = await telephone();
  const text = something_seen(), spot = new_spot();
  await page.goto("/anmal", { waitUntil: "networkidle" });
  await page.locator("#photos").setInputFiles(file(picture));
  await write(page, { spot, text });
  await eventually("the draft", () => page.evaluate(() => Object.keys(localStorage).length));
  await page.close();
  const again = await context.newPage();
  await again.goto("/anmal", { waitUntil: "networkidle" });
  await eventually("what was typed", async () => (await again.locator("#description").inputValue()) === text);
  assert.equal(await again.locator("#lat").inputValue(), spot.lat.toFixed(5));
  await eventually("the photo", () => again.locator("#photos").evaluate((input) => input.files.length === 1));
  await send_button(again).click();
  const { found } = await check_receipt(again, text);
  assert.equal(found.photos.length, 1);
  // What has been sent is forgotten.
  await again.goto("/anmal", { waitUntil: "networkidle" });
  assert.equal(await again.locator("#description").inputValue(), "");
  assert.deepEqual(faults, []);
  await close();
});

test("citizen: reports by keyboard alone", async () => {
  const { page, faults, close } = await openWindow(browser, town);
  const text = something_seen(), spot = new_spot();
  await page.goto("/anmal");
  const at = (id) => page.evaluate((id) => document.activeElement.id === id, id);
  /// Goes on until the field of that id has the focus.
  const go_to = async (id) => {
    for (let stop = 0; stop < 60 && !(await at(id)); ++stop) await page.keyboard.press("Tab");
    assert.ok(await at(id), `the keyboard reaches ${id}`);
  };
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");  // to the content
  await go_to("address");
  await page.keyboard.type("Vid stenmuren");
  for (let stop = 0; stop < 20 && !(await page.evaluate(() => document.activeElement.matches("details.coordinates summary"))); ++stop) await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await go_to("lat");
  await page.keyboard.type(spot.lat.toFixed(5));
  await go_to("lon");
  await page.keyboard.type(spot.lon.toFixed(5));
  await go_to("category");
  await page.keyboard.press("ArrowDown");
  await go_to("description");
  await page.keyboard.type(text);
  for (let stop = 0; stop < 20 && !(await page.evaluate(() => document.activeElement.matches("form#report button[type=submit]"))); ++stop) await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await check_receipt(page, text);
  assert.deepEqual(faults, []);
  await close();
});

test("citizen: says within two weeks that the graffiti is still there", async () => {
  const spot = new_spot();
  const removed = (await town.api("municipality", "POST", "/reports", { location: spot, category: "tag", owner_id: "hfab" })).case;
  await town.api("owner", "PUT", `/cases/${removed.reference}/removal`, { removed_at: new Date().toISOString().slice(0, 19) + "Z" });
  const { page, faults, close } = await telephone({ javaScriptEnabled: false });
  await page.goto(`/arende/${removed.reference}`);
  await page.getByText("Är klottret kvar?").click();
  await page.locator("#note").fill("Halva taggen syns fortfarande.");
  await page.getByRole("button", { name: "Klottret är kvar" }).click();
  await page.getByText("Tack, kommunen ser efter").waitFor();
  const events = await town.api("municipality", "GET", `/cases/${removed.reference}/events`);
  assert.ok(events.items.some(({ type }) => type === "reopen_requested"), JSON.stringify(events));
  assert.deepEqual(faults, []);
  await close();
});
