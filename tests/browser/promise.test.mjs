// The promise from end to end: the police paste a night's rows, the router finds the owners, HFAB closes a case from the mail's link, and
// the kommun sees the figure change.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { desktop, openBrowser, openWindow, phone, walkIn } from "./support/browser.mjs";
import { k_number, kFriluftsvagen, new_spot, random_number } from "./support/examples.mjs";
import { jpeg, with_place } from "./support/pictures.mjs";
import { link_in, openTown } from "./support/town.mjs";

let town, browser;
before(async () => {
  [town, browser] = await Promise.all([openTown(), openBrowser()]);
});
after(async () => {
  await browser?.close();
  await town?.close();
});

/// Walks in as somebody with that role.
async function seat(role, options) {
  const opened = await openWindow(browser, town, options);
  await walkIn(opened.page, role);
  return opened;
}

/// A night's rows as they are copied from a spreadsheet: 30, of which three are wrong.
function night() {
  const addresses = ["Friluftsvägen 7", "Friluftsvägen 13", "Skolgatan 7", "Nya torg 1", "Järnvägsgatan 1"];
  const rows = Array.from({ length: 30 }, (_, n) => [k_number(), addresses[n % addresses.length], ["Tagg", "Målning", "Klistermärke"][n % 3], "Vägg", `Rad ${n + 1} av natten, ${random_number()}`]);
  rows[4][0] = "K12-fel";
  rows[11][1] = "";
  rows[22][2] = "Graffitti";
  return { rows, pasted: [["K-nummer", "Adress", "Slag", "Yta", "Beskrivning"], ...rows].map((row) => row.join("\t")).join("\n") };
}

test("promise: police paste 30 rows with three bad ones, correct them, and the router assigns", async () => {
  const { page, faults, close } = await seat("police");
  const { rows, pasted } = night();
  await page.goto("/polis/manga");
  await page.locator("#rows").fill(pasted);
  await page.locator("button[value=look]").first().click();
  const bad = page.locator("fieldset.bad-row");
  await bad.first().waitFor();
  assert.equal(await bad.count(), 3);
  assert.equal(await page.locator("main tbody tr").count(), 27, "the others are right");
  assert.equal((await town.api("municipality", "GET", "/reports?limit=200")).items.filter(({ description }) => description.includes("av natten")).length, 0);
  const wrong = bad.locator("[aria-invalid=true]");
  await wrong.nth(0).fill(k_number());
  await wrong.nth(1).fill("Skolgatan 7");
  await wrong.nth(2).fill("Tagg");
  await page.locator("button[value=look]").first().click();
  await bad.first().waitFor({ state: "detached" });
  assert.equal(await page.locator("main tbody tr").count(), 30);
  await page.locator("button[value=send]").dblclick();
  await page.waitForURL(/\/polis\/anmalningar/);
  const sent = (await town.api("municipality", "GET", "/reports?limit=200")).items.filter(({ description }) => rows.some((row) => row[4] === description));
  assert.equal(sent.length, 30, "each row once");
  const cases = await town.api("municipality", "GET", "/cases?limit=200");
  const routed = cases.items.filter(({ location, owner }) => location.address === "Friluftsvägen 7" && owner);
  assert.ok(routed.length > 0 && routed.every(({ owner }) => owner.id === "hfab"), "Friluftsvägen 7 is HFAB's");
  // "My reports" with what became of each.
  await page.goto("/polis/anmalningar");
  assert.match(await page.locator("main tbody").innerText(), /Höörs Fastighets AB/);
  assert.deepEqual(faults, []);
  await close();
});

test("promise: police report in a few fields, and see their own", async () => {
  const { page, faults, close } = await seat("police", { viewport: phone });
  const number = k_number(), picture = await jpeg(page);
  await page.goto("/polis");
  await page.locator("#police_reference").fill(number.toLowerCase());
  await page.locator("#address").fill(kFriluftsvagen.address);
  await page.locator("#photo").setInputFiles({ name: "bild.jpg", mimeType: "image/jpeg", buffer: with_place(picture, kFriluftsvagen.lat, kFriluftsvagen.lon) });
  await page.locator("main form").last().locator("button[type=submit]").click();
  await page.getByRole("status").first().waitFor();
  assert.equal(await page.locator("#address").inputValue(), "", "the next one can be typed at once");
  await page.goto(`/polis/arende/${number}`);
  assert.match(await page.locator("main").innerText(), new RegExp(number));
  assert.equal(await page.locator("main img").count(), 1);
  assert.deepEqual(faults, []);
  await close();
});

test("promise: HFAB closes a case from the mail's link, and the kommun sees the figure change", async () => {
  const kommun = await seat("municipality");
  const day = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  /// How many were removed on time, of all that may have been reported or due lately.
  const figure = async () => {
    await kommun.page.goto(`/kommun/resultat?from=${day(-40)}&last=${day(20)}`);
    const row = kommun.page.locator("tr", { has: kommun.page.locator("th[scope=row]", { hasText: /^\s*I tid/ }) }).first();
    return Number((await row.locator("td").first().innerText()).replace(/\D/g, ""));
  };
  const made = (await town.api("police", "POST", "/reports", { location: { ...kFriluftsvagen, lat: kFriluftsvagen.lat + 0.0001 }, category: "tag", police_reference: k_number() })).case;
  assert.equal(made.owner.id, "hfab");
  const before = await figure();
  const letter = await town.letter("drift@hfab.example.se", new RegExp(made.reference));
  // Whoever does the work has a phone and no account.
  const { page, faults, close } = await openWindow(browser, town, { viewport: phone, javaScriptEnabled: false });
  await page.goto(link_in(letter, "/atgarda/1267/"));
  await page.locator("#method").selectOption("washed");
  await page.locator("#cost_sek").fill("1450");
  await page.getByRole("button", { name: "Anmäl borttaget" }).click();
  await page.getByText("Tack! Borttagningen är registrerad").waitFor();
  assert.equal((await town.api("municipality", "GET", `/cases/${made.reference}`)).state, "removed");
  const after = await figure();
  assert.equal(after, before + 1, "removed on time");
  await kommun.page.goto(`/kommun/arenden/${made.reference}`);
  assert.match(await kommun.page.locator("main").innerText(), /1[  ]?450/);
  await page.goto(`/arende/${made.reference}`);
  assert.match(await page.locator("main").innerText(), /[Bb]orttaget/);
  assert.deepEqual([...faults, ...kommun.faults], []);
  await close();
  await kommun.close();
});

test("promise: an owner reports a case removed with a photo from the own list, and hands back another", async () => {
  const made = [];
  for (const step of [2, 3]) made.push((await town.api("police", "POST", "/reports", { location: { ...kFriluftsvagen, lon: kFriluftsvagen.lon + step * 0.0001 }, category: "tag", police_reference: k_number() })).case);
  const { page, faults, close } = await seat("owner", { viewport: phone });
  await page.goto("/agare");
  await page.locator(`a[href*="/agare/arenden/${made[0].reference}"]`).first().click();
  await page.locator("#photos").setInputFiles({ name: "efter.jpg", mimeType: "image/jpeg", buffer: await jpeg(page) });
  await page.getByRole("button", { name: "Anmäl borttaget" }).click();
  await page.waitForLoadState();
  await page.getByRole("status").first().waitFor();
  const removed = await town.api("municipality", "GET", `/cases/${made[0].reference}`);
  assert.equal(removed.state, "removed");
  await page.goto(`/agare/arenden/${made[1].reference}`);
  await page.getByText("Ytan är inte vår").first().click();
  await page.locator("#rejection_sold").check();
  await page.getByRole("button", { name: "Lämna tillbaka ärendet" }).click();
  await page.waitForLoadState();
  assert.equal((await town.api("municipality", "GET", `/cases/${made[1].reference}`)).state, "unassigned");
  assert.deepEqual(faults, []);
  await close();
});

test("promise: the kommun assigns the cases that are nobody's by keyboard alone", async () => {
  const spots = [new_spot(), new_spot()];
  const made = [];
  for (const spot of spots) made.push((await town.api("", "POST", "/reports", { location: spot, category: "tag", description: "Vid vändplanen." })).case);
  const { page, faults, close } = await seat("municipality", { viewport: desktop });
  await page.goto("/kommun/fordela?arende=" + made[0].reference);
  const chosen = page.locator("#owner_1");
  const owner = await chosen.getAttribute("value");
  await page.keyboard.press("1");
  assert.ok(await chosen.isChecked());
  await page.keyboard.press("a");
  await page.getByRole("status").first().waitFor();
  assert.equal((await town.api("municipality", "GET", `/cases/${made[0].reference}`)).owner.id, owner);
  // Without the single keys: by the tabulator, the arrows and Enter.
  await page.goto("/kommun/fordela?arende=" + made[1].reference);
  for (let stop = 0; stop < 60 && !(await page.evaluate(() => document.activeElement.matches("input[name=owner_id]"))); ++stop) await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowDown");
  const second = await page.evaluate(() => document.activeElement.value);
  await page.keyboard.press("Enter");
  await page.getByRole("status").first().waitFor();
  assert.equal((await town.api("municipality", "GET", `/cases/${made[1].reference}`)).owner.id, second);
  assert.deepEqual(faults, []);
  await close();
});
