// The real service with a demonstration of Höör, and a mail server that takes its mails, on loopback.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { eventually, run, start } from "./processes.mjs";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const klotterkoll = join(root, "build/release/klotterkoll");

/// Each file of tests has a town of its own. `limits`: with the rate limits that a real service has.
export async function openTown({ limits = false } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "klotterkoll-browser-"));
  const database = "sqlite:" + join(folder, "demo.db");
  await run(klotterkoll, ["migrate", "--database", database]);
  const printed = await run(klotterkoll, ["demo", "--database", database]);
  const keys = Object.fromEntries([...printed.matchAll(/^(\w+): (kk_\S+)$/gm)].map(([, role, key]) => [role, key]));
  const mail = await start("/usr/bin/python3", [join(root, "tests/support/receivers/smtp_receiver.py"), "--folder", folder, "--parse"], /listening on (\S+)/);
  const options = ["--demo", "--database", database, "--listen", "127.0.0.1:0", "--smtp", `smtp://${mail.found[1]}`, "--mail-from", "klotter@example.se"];
  if (!limits) options.push("--rate-limit", "off");
  const service = await start(klotterkoll, ["serve", ...options], /listening on (127\.0\.0\.1:\d+)/).catch(async (fault) => {
    await mail.end();
    throw fault;
  });
  const origin = "http://" + service.found[1];

  /// Asks the API with the key of a role; "" asks without one. `path` begins after the municipality.
  const api = (role, method, path, body) => send(role, method, path, body && JSON.stringify(body), "application/json");
  async function send(role, method, path, body, type) {
    const headers = role ? { Authorization: `Bearer ${keys[role]}` } : {};
    if (body) headers["Content-Type"] = type;
    const answer = await fetch(`${origin}/api/v1/municipalities/1267${path}`, { method, headers, body });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.status === 204 ? null : answer.json();
  }

  function letters() {
    try {
      return readFileSync(join(folder, "log"), "utf8").trim().split("\n").filter(Boolean).map((line) => JSON.parse(line));
    } catch {
      return [];
    }
  }
  /// The first mail to somebody whose text matches.
  const letter = (to, text) => eventually(`a mail to ${to}`, () => letters().find((one) => one.to === to && text.test(one.parsed.text)));

  async function close() {
    await service.end();
    await mail.end();
    rmSync(folder, { recursive: true, force: true });
  }
  return { origin, api, send, letter, letters, close, log: service.said };
}

/// The part of a link in a mail that lies after the host: mails name the service as the world sees it.
export function link_in(letter, pattern) {
  const found = letter.parsed.text.match(new RegExp(`https?://[^/\\s]+(${pattern}[^\\s>)]*)`));
  if (!found) throw new Error("no such link in: " + letter.parsed.text);
  return found[1];
}
