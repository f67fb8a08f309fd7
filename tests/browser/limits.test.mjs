// What the pages that everybody may see take: bytes over the wire, and Lighthouse's judgement.
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { openWindow, phone } from "./support/browser.mjs";
import { audit_fairly, enough } from "./support/lighthouse.mjs";
import { pages } from "./support/pages.mjs";
import { show } from "./support/show.mjs";

/// Where Lighthouse finds the browser.
const port = await new Promise((resolve) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});
const shown = show({ browser: [`--remote-debugging-port=${port}`] });
const kWanted = 95;

for (const one of pages.filter(({ limit }) => limit))
  test(`limits: ${one.name} takes at most ${one.limit / 1000} kB, from our host alone`, async (context) => {
    const { page, context: cookies, faults, close } = await openWindow(shown.browser, shown.town, { viewport: phone });
    const wire = await cookies.newCDPSession(page);
    await wire.send("Network.enable");
    await wire.send("Network.setCacheDisabled", { cacheDisabled: true });
    const urls = new Map(), sizes = [];
    wire.on("Network.requestWillBeSent", ({ requestId, request }) => urls.set(requestId, request.url));
    wire.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => sizes.push([encodedDataLength, urls.get(requestId)]));
    await page.goto(one.at(shown.examples), { waitUntil: "networkidle" });
    const all = sizes.reduce((sum, [size]) => sum + size, 0);
    context.diagnostic(`${one.name}: ${(all / 1000).toFixed(1)} kB in ${sizes.length} answers`);
    assert.ok(all > 0 && all <= one.limit, `${all} bytes: ${sizes.sort(([a], [b]) => b - a).slice(0, 6).map(([size, url]) => `${size} ${url}`).join(", ")}`);
    assert.deepEqual(await cookies.cookies(), [], "nobody who has not signed in gets a cookie");
    assert.deepEqual(faults, []);
    await close();
  });

for (const one of pages.filter(({ lighthouse }) => lighthouse))
  test(`limits: Lighthouse gives ${one.name} at least ${kWanted} in each category`, async (context) => {
    const { scores, lost } = await audit_fairly(shown.town.origin + one.at(shown.examples), port, kWanted);
    context.diagnostic(`${one.name}: ${JSON.stringify(scores)}`);
    assert.ok(enough(scores, kWanted), `${JSON.stringify(scores)} ${lost.join("; ")}`);
  });
