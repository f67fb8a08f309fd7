// A town with the examples, for tests that go through every page.
import { after, before } from "node:test";
import { openBrowser, openWindow, walkIn } from "./browser.mjs";
import { make_examples } from "./examples.mjs";
import { jpeg } from "./pictures.mjs";
import { openTown } from "./town.mjs";

/// Filled in before the first test of the file that asks for it, and closed after its last.
export function show(options = {}) {
  const shown = {};
  const windows = new Map();
  before(async () => {
    [shown.town, shown.browser] = await Promise.all([openTown(), openBrowser(options.browser)]);
    const { page, close } = await openWindow(shown.browser, shown.town);
    await page.goto("/logga-in");
    shown.examples = await make_examples(shown.town, await jpeg(page));
    await close();
  });
  after(async () => {
    await shown.browser?.close();
    await shown.town?.close();
  });
  /// A window in which somebody with that role has signed in; the same one for the whole file.
  shown.window_of = async (role) => {
    if (!windows.has(role)) {
      const opened = await openWindow(shown.browser, shown.town, options.window);
      if (role) await walkIn(opened.page, role);
      windows.set(role, opened);
    }
    const opened = windows.get(role);
    opened.faults.length = 0;
    return opened;
  };
  return shown;
}
