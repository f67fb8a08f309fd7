// Programs that a test starts and ends, each by its own process.
import { spawn } from "node:child_process";

/// Starts a program and waits until it says, on standard error, something that `ready` matches. `end` stops it and waits for its end.
export async function start(command, args, ready) {
  const process = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  const ended = new Promise((resolve) => process.once("close", resolve));
  const found = await new Promise((resolve, reject) => {
    process.once("error", reject);
    process.stderr.on("data", (bytes) => {
      said = (said + bytes).slice(-100_000);
      const match = said.match(ready);
      if (match) resolve(match);
    });
    ended.then((code) => reject(new Error(`${command} ended with ${code}: ${said}`)));
  });
  const end = async () => {
    process.kill("SIGTERM");
    await ended;
  };
  return { found, end, said: () => said };
}

/// Runs a program to its end and gives what it printed.
export async function run(command, args) {
  const process = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  let printed = "", said = "";
  process.stdout.on("data", (bytes) => (printed += bytes));
  process.stderr.on("data", (bytes) => (said += bytes));
  const code = await new Promise((resolve, reject) => {
    process.once("error", reject);
    process.once("close", resolve);
  });
  if (code !== 0) throw new Error(`${command} ${args[0]} ended with ${code}: ${said}`);
  return printed;
}

/// Asks until there is an answer. What is waited for here takes a second on an idle machine, and much longer on a busy one.
export async function eventually(what, ask) {
  for (const until = Date.now() + 120_000; Date.now() < until; await new Promise((resolve) => setTimeout(resolve, 100))) {
    const answer = await ask();
    if (answer) return answer;
  }
  throw new Error(`waited in vain for ${what}`);
}
