// Bundles the scripts and styles of the pages into a folder, each under a name that changes with what is in it.
// usage: node build.mjs OUTPUT_FOLDER
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const output = process.argv[2];
if (!output) {
  console.error("usage: node build.mjs OUTPUT_FOLDER");
  process.exit(2);
}
// What a page names is a file directly in scripts/, styles/ or images/; what they share lies in folders below.
const entries = (folder, ending) => readdirSync(join(here, folder)).filter((name) => name.endsWith(ending)).map((name) => join(here, folder, name));

rmSync(output, { recursive: true, force: true });
mkdirSync(output, { recursive: true });
await build({
  entryPoints: [...entries("scripts", ".ts"), ...entries("styles", ".css"), ...entries("images", "")],
  outdir: output,
  entryNames: "[name]-[hash]",
  chunkNames: "part-[hash]",
  assetNames: "[name]-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  target: "es2021",
  loader: { ".png": "copy", ".svg": "copy" },
  minify: true,
  legalComments: "none",
  logLevel: "warning",
});
