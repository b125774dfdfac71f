// Writes src/i18n/ids.ts: the union of all ids of the Russian catalogue, so that a misspelt id does not compile.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parse, Visitor } from '@fluent/syntax';

const folder = new URL('../src/i18n/', import.meta.url);

class Variables extends Visitor {
  /** @param {Set<string>} names */
  constructor(names) {
    super();
    this.names = names;
  }
  /**
   * @override
   * @param {import('@fluent/syntax').VariableReference} reference
   */
  visitVariableReference(reference) {
    this.names.add(reference.id.name);
  }
}

/**
 * Ids and variables of a language's catalogue.
 * @param {string} language
 * @returns {Map<string, string[]>} id to the sorted names of its variables
 */
export function catalogue(language) {
  /** @type {Map<string, string[]>} */
  const found = new Map();
  for (const name of readdirSync(new URL(`${language}/`, folder)).sort()) {
    if (!name.endsWith('.ftl')) continue;
    const resource = parse(readFileSync(new URL(`${language}/${name}`, folder), 'utf8'), {});
    for (const entry of resource.body) {
      if (entry.type === 'Junk') throw new Error(`${language}/${name}: ${entry.content}`);
      if (entry.type !== 'Message') continue;
      if (found.has(entry.id.name)) throw new Error(`${language}/${name}: ${entry.id.name} stands there twice`);
      /** @type {Set<string>} */
      const variables = new Set();
      new Variables(variables).visit(entry);
      found.set(entry.id.name, [...variables].sort());
    }
  }
  return found;
}

/** The text of src/i18n/ids.ts. */
export function idsFile() {
  const ids = [...catalogue('ru').keys()].sort();
  const lines = ids.map((id) => `  | '${id}'`).join('\n');
  return `// Written by scripts/message-ids.mjs (npm run ids). Do not edit.\n\n/** Every sentence there is. */\nexport type MessageId =\n${lines};\n`;
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  writeFileSync(new URL('ids.ts', folder), idsFile());
}
