// Debian's Chromium, and pages in it that tell what went wrong with them.
import { chromium } from "playwright-core";

const quiet = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

export const openBrowser = (more = []) => chromium.launch({ executablePath: "/usr/bin/chromium", args: [...quiet, ...more] });

export const phone = { width: 390, height: 844 };
export const small = { width: 320, height: 640 };
export const desktop = { width: 1280, height: 900 };

/// A window of its own, without cookies. `faults` collects what no page may do: run into an error of its script, break its own content
/// policy, or ask another host for something.
export async function openWindow(browser, town, options = {}) {
  const context = await browser.newContext({ baseURL: town.origin, locale: "sv-SE", timezoneId: "Europe/Stockholm", viewport: desktop, ...options });
  context.setDefaultTimeout(120_000);  // on a busy machine
  const page = await context.newPage();
  const faults = [];
  page.on("pageerror", (error) => faults.push(`${page.url()}: ${error.message}`));
  page.on("console", (message) => {
    // That a page was refused is the test's own business.
    if (message.type() === "error" && !/the server responded with a status of|net::ERR_INTERNET_DISCONNECTED/.test(message.text())) faults.push(`${page.url()}: ${message.text()}`);
  });
  page.on("request", (request) => {
    if (!/^(data|blob|about):/.test(request.url()) && new URL(request.url()).origin !== town.origin) faults.push(`${page.url()} asks ${request.url()}`);
  });
  return { context, page, faults, close: () => context.close() };
}

/// How demonstrations let people in: as somebody with that role.
const doors = { municipality: /kommunen/, police: /polisen/, owner: /ägare/ };
export async function walkIn(page, role) {
  await page.goto("/logga-in");
  await page.getByRole("button", { name: doors[role] }).first().click();
  await page.waitForURL(/\/(kommun|polis|agare)/);
}
