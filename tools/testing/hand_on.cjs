// Node loads this into every process of a test script. In the one that is the test runner it adds the arguments
// that the script does not hand on to it.
const { readFileSync } = require('node:fs');
const { basename, join } = require('node:path');
const { isMainThread } = require('node:worker_threads');

const { runner, args, results } = JSON.parse(readFileSync(join(__dirname, 'hand_on.json'), 'utf8'));
const program = basename(process.argv[1] ?? '').replace(/^_|\.[cm]?js$/g, '');
// A runner that starts itself anew passes on what it was given.
const isTold = process.argv.some((argument) => argument.includes(__dirname));

if (isMainThread && program === runner && !isTold) {
  // A script may start it more than once: each run has a file of its own.
  const own = results.replace(/\.json$/, `-${process.pid}.json`);
  const given = process.argv.length;
  process.argv.push(...args.map((argument) => argument.replace(results, own)));
  // jest has read them by then; what is tested in its process shall not find them.
  if (runner === 'jest') setImmediate(() => process.argv.splice(given));
}
