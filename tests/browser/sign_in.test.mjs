// Signing in by mail: the link, the code, who gets none; and what becomes of a form when a session has ended.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openBrowser, openWindow, phone, walkIn } from "./support/browser.mjs";
import { k_number, random_number, reports_saying } from "./support/examples.mjs";
import { eventually } from "./support/processes.mjs";
import { link_in, openTown } from "./support/town.mjs";

const officer = "anna.ek@example.se", policeman = "kim.lind@example.se", manager = "samir.berg@example.se";

let town, browser;
before(async () => {
  [town, browser] = await Promise.all([openTown(), openBrowser()]);
});
after(async () => {
  await browser?.close();
  await town?.close();
});

/// Asks for a mail, and gives it.
async function ask(page, email) {
  const earlier = town.letters().length;
  await page.goto("/logga-in");
  await page.locator("#email").fill(email);
  await page.locator("form").filter({ has: page.locator("#email") }).getByRole("button").click();
  await page.locator("#code").waitFor();
  return () => eventually(`a mail to ${email}`, () => town.letters().slice(earlier).find((one) => one.to === email));
}
const code_in = (letter) => letter.parsed.text.match(/\b[0-9A-Z]{4}-[0-9A-Z]{4}\b/)[0];

test("sign-in: by the code of the mail, in the window that asked", async () => {
  const { page, context, faults, close } = await openWindow(browser, town, { viewport: phone, javaScriptEnabled: false });
  const letter = await (await ask(page, officer))();
  const code = code_in(letter);
  // A code is for the window that asked for it.
  const other = await openWindow(browser, town, { javaScriptEnabled: false });
  await ask(other.page, manager);
  await other.page.locator("#code").fill(code);
  await other.page.getByRole("button", { name: "Logga in" }).click();
  await other.page.locator("#code_error").waitFor();
  await other.close();
  await page.locator("#code").fill(code.toLowerCase());
  await page.getByRole("button", { name: "Logga in" }).click();
  await page.waitForURL(/\/kommun$/);
  assert.match(await page.locator("header").innerText(), /Anna Ek/);
  const cookie = (await context.cookies()).find(({ name }) => name === "__Host-klotterkoll");
  assert.ok(cookie.secure && cookie.httpOnly && cookie.path === "/" && cookie.sameSite !== "None", JSON.stringify(cookie));
  await page.getByRole("button", { name: "Logga ut" }).click();
  await page.goto("/kommun");
  assert.match(page.url(), /\/logga-in/);
  assert.deepEqual(faults, []);
  await close();
});

test("sign-in: by the link of the mail, which looking at does not spend, and once", async () => {
  const { page, close } = await openWindow(browser, town);
  const link = link_in(await (await ask(page, policeman))(), "(?:/1267)?/logga-in/");
  // As the scanner of a mail server does.
  for (let look = 0; look < 3; ++look) assert.equal((await fetch(town.origin + link)).status, 200);
  const phone_window = await openWindow(browser, town, { viewport: phone });
  await phone_window.page.goto(link);
  await phone_window.page.getByRole("button", { name: "Logga in" }).click();
  await phone_window.page.waitForURL(/\/polis$/);
  await page.goto(link);
  const button = page.locator("main").getByRole("button", { name: "Logga in" });
  if (await button.count()) await button.click();
  await page.getByText("Länken gäller inte längre").first().waitFor();
  await page.goto("/polis");
  assert.match(page.url(), /\/logga-in/, "nobody else is let in");
  assert.deepEqual(phone_window.faults, []);
  await phone_window.close();
  await close();
});

test("sign-in: somebody unknown sees the same page, and gets no mail", async () => {
  const { page, faults, close } = await openWindow(browser, town);
  await ask(page, "okand@example.se");
  const unknown = await page.locator("main").innerText();
  const letter = await ask(page, manager);
  assert.equal(await page.locator("main").innerText(), unknown);
  await letter();
  assert.deepEqual(town.letters().filter(({ to }) => to === "okand@example.se"), []);
  assert.deepEqual(faults, []);
  await close();
});

test("sign-in: leads back to the page that was wanted", async () => {
  const { page, close } = await openWindow(browser, town);
  await page.goto("/polis/anmalningar");
  assert.match(page.url(), /\/logga-in\?till=/);
  await page.getByRole("button", { name: /polisen/ }).click();
  await page.waitForURL(/\/polis\/anmalningar$/);
  await close();
});

test("sign-in: a form that is sent after the session has ended loses nothing", async () => {
  const { page, context, close } = await openWindow(browser, town);
  await walkIn(page, "police");
  await page.goto("/polis");
  const text = `Tagg på grinden, nummer ${random_number()}.`;
  await page.locator("#police_reference").fill(k_number());
  await page.locator("#address").fill("Friluftsvägen 7");
  await page.getByText("Mer", { exact: false }).and(page.locator("summary")).first().click();
  await page.locator("#description").fill(text);
  await context.clearCookies();
  await page.locator("main form").last().getByRole("button").last().click();
  await page.getByText("Du är inte inloggad längre").first().waitFor();
  assert.deepEqual(await reports_saying(town, text), []);
  // In another window of the same browser, as the page says.
  const other = await context.newPage();
  await walkIn(other, "police");
  await page.getByRole("button", { name: "Skicka igen" }).click();
  // The session is another: its token is not in the old page, so it asks once more.
  const again = page.getByRole("button", { name: "Skicka igen" });
  await page.waitForLoadState();
  if (await again.count()) await again.click();
  await eventually("the report", async () => (await reports_saying(town, text)).length === 1);
  await close();
});

test("sign-in: signing out everywhere ends the other browser's session within two seconds", async () => {
  const here = await openWindow(browser, town), there = await openWindow(browser, town);
  for (const { page } of [here, there]) await walkIn(page, "owner");
  await here.page.goto("/konto");
  await here.page.getByRole("button", { name: "Logga ut överallt" }).click();
  await here.page.waitForLoadState();
  await new Promise((resolve) => setTimeout(resolve, 2000));
  await there.page.goto("/agare");
  assert.match(there.page.url(), /\/logga-in/);
  await here.close();
  await there.close();
});
