import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import type { Plugin } from 'vite';

/**
 * Lets the interface import a table of `seeds/` as rows: `import kinds from '…/place-kinds.csv?table'`. The tables are read while
 * building, so that the kinds and their names stand in one place for the core and for the window.
 */
export function seedTables(): Plugin {
  const ending = '.csv?table';
  return {
    name: 'senim-seed-tables',
    load(id) {
      if (!id.endsWith(ending)) return null;
      const path = id.slice(0, -'?table'.length);
      this.addWatchFile(path);
      const rows: unknown = parse(readFileSync(path, 'utf8'), { columns: true, bom: true });
      return `export default ${JSON.stringify(rows)};`;
    },
  };
}
