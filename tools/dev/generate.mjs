/**
 * Makes the generated code (packages/proto/src/gen) and the descriptor image (packages/proto/descriptors.binpb)
 * from proto/. It does nothing when its inputs are those of the last run, so every entry point (test, build, lint)
 * calls it first. Everything it has to say goes to stderr, for stdout may be somebody's JSON.
 *
 * Runs side by side are safe: each writes into a folder of its own, and swaps it in at the end.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const protoDir = join(root, 'proto');
const genDir = join(root, 'packages/proto/src/gen');
const imageFile = join(root, 'packages/proto/descriptors.binpb');
const stampFile = join(root, '.generate-stamp');
const timeoutMs = 120_000;

try {
  const protoFiles = readdirSync(protoDir)
    .filter((name) => name.endsWith('.proto'))
    .sort();
  const stamp = hashOfInputs(protoFiles);
  if (!isFresh(stamp, protoFiles)) {
    generate(protoFiles);
    writeFileSync(stampFile, `${stamp}\n`);
    process.stderr.write(`generated code of ${protoFiles.length} proto files\n`);
  }
} catch (err) {
  // buf has printed what is wrong with the contracts; other errors say it in their message.
  process.stderr.write(`generate: ${err instanceof Error ? err.message : String(err)}\n`);
  process.exitCode = 1;
}

function hashOfInputs(protoFiles) {
  const hash = createHash('sha256');
  const add = (name, content) => hash.update(`${name}\0${content.length}\0`).update(content);
  for (const name of protoFiles) add(name, readFileSync(join(protoDir, name)));
  for (const name of ['buf.yaml', 'buf.gen.yaml', 'tools/dev/generate.mjs'])
    add(name, readFileSync(join(root, name)));
  for (const tool of ['@bufbuild/buf', 'ts-proto']) {
    const manifest = join(root, 'node_modules', tool, 'package.json');
    if (!existsSync(manifest)) throw new Error(`${tool} is not installed: run npm ci`);
    add(tool, JSON.parse(readFileSync(manifest, 'utf8')).version);
  }
  return hash.digest('hex');
}

function isFresh(stamp, protoFiles) {
  return (
    existsSync(stampFile) &&
    readFileSync(stampFile, 'utf8').trim() === stamp &&
    existsSync(imageFile) &&
    protoFiles.every((name) => existsSync(join(genDir, name.replace(/\.proto$/, '.ts'))))
  );
}

function generate(protoFiles) {
  // dist is on the same file system as the targets, so that a rename moves, and is ignored by git.
  const dist = join(root, 'packages/proto/dist');
  mkdirSync(dist, { recursive: true });
  const scratch = mkdtempSync(join(dist, 'generate-'));
  try {
    const image = join(scratch, 'descriptors.binpb');
    buf(['build', '-o', image]);
    buf(['generate', '-o', scratch]);
    const made = join(scratch, 'packages/proto/src/gen');
    for (const name of protoFiles) {
      const file = join(made, name.replace(/\.proto$/, '.ts'));
      if (!existsSync(file)) throw new Error(`${name} gave no ${file}: is the plugin of buf.gen.yaml right?`);
    }
    swapIn(made, genDir, scratch);
    renameSync(image, imageFile);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Puts `made` in the place of `target`; another run may do the same at this moment, and either result is right. */
function swapIn(made, target, scratch) {
  for (let attempt = 0; ; attempt++) {
    if (existsSync(target)) {
      try {
        renameSync(target, join(scratch, `old-${attempt}`));
      } catch (err) {
        if (err.code !== 'ENOENT') throw err; // the other run took it away first
      }
    }
    try {
      renameSync(made, target);
      return;
    } catch (err) {
      if (attempt === 10 || (err.code !== 'ENOTEMPTY' && err.code !== 'EEXIST')) throw err;
    }
  }
}

function buf(args) {
  const bin = join(root, 'node_modules/@bufbuild/buf/bin/buf');
  execFileSync(process.execPath, [bin, ...args], {
    cwd: root,
    timeout: timeoutMs,
    stdio: ['ignore', 2, 2],
  });
}
