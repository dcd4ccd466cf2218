// A pharmacy API on Node's http module and SQLite, to compare the product with. The README explains the settings.
import { isBuiltin } from "node:module";

const MISSING = 3;

if (!isBuiltin("node:sqlite")) {
  console.error(`node:sqlite is missing in Node.js ${process.versions.node}; install Node.js 22.13 or newer`);
  process.exit(MISSING);
}
const { main } = await import("./main.mjs");
main();
