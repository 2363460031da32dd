// Run in a new process: times the import of the bundle named; prints milliseconds.
import { pathToFileURL } from "node:url";

const bundle = pathToFileURL(process.argv[2]).href;
const began = performance.now();
const { handler } = await import(bundle);
const milliseconds = performance.now() - began;
if (typeof handler !== "function") throw new Error(`${bundle} exports no handler`);
process.stdout.write(`${milliseconds} 0\n`, () => process.exit(0));
