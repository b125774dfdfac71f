// @vitest-environment node
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { catalogue, idsFile } from '../scripts/message-ids.mjs';
import { LANGUAGES, sentence } from '../src/i18n/fluent';
import type { MessageId } from '../src/i18n/ids';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
const catalogues = LANGUAGES.map((language) => ({ language, messages: catalogue(language) }));
const russian = catalogue('ru');

/** The codes of the core, from the type that its tests write. */
function errorCodes(): string[] {
  const union = /ErrorCode = ([^;]+);/.exec(read('../src/ipc/types/ErrorCode.ts'))?.[1] ?? '';
  return [...union.matchAll(/"([a-z-]+)"/g)].map((match) => match[1] ?? '');
}

describe('the three catalogues', () => {
  it('hold the same ids with the same variables', () => {
    expect(russian.size).toBeGreaterThan(200);
    for (const { language, messages } of catalogues) {
      expect(Object.fromEntries(messages), language).toEqual(Object.fromEntries(russian));
    }
  });

  it('have a sentence for every code of the core', () => {
    const codes = errorCodes();
    expect(codes.length).toBeGreaterThan(40);
    for (const code of codes) expect(russian.has(`error-${code}`), code).toBe(true);
  });

  it('are the ones the typed ids were written from', () => {
    expect(read('../src/i18n/ids.ts')).toBe(idsFile());
  });

  it('say every sentence with its variables filled in', () => {
    for (const { language, messages } of catalogues) {
      for (const [id, variables] of messages) {
        const args = Object.fromEntries(variables.map((name) => [name, name === 'count' ? 2 : 'X']));
        const text = sentence(language, id as MessageId, args);
        expect(text, `${language} ${id}`).not.toMatch(/[{}]|\u2068|\u2069/);
        expect(text.trim(), `${language} ${id}`).not.toBe('');
        expect(text, `${language} ${id} fell back to its id`).not.toBe(id);
      }
    }
  });

  it('count by the rules of each language, with plain digits', () => {
    expect(sentence('ru', 'only-here', { count: 1 })).toMatch(/^1 запись /);
    expect(sentence('ru', 'only-here', { count: 3 })).toMatch(/^3 записи /);
    expect(sentence('ru', 'only-here', { count: 11 })).toMatch(/^11 записей /);
    expect(sentence('en', 'only-here', { count: 1 })).toMatch(/^1 record /);
    for (const { language } of catalogues) expect(sentence(language, 'only-here', { count: 12345 })).toContain('12345');
  });

  it('write Kazakh with Kazakh letters in the sentences that need them', () => {
    const kazakh = catalogues.find((one) => one.language === 'kk')?.messages ?? new Map<string, string[]>();
    const same = [...kazakh.keys()].filter(
      (id) => sentence('kk', id as MessageId, { count: 1 }) === sentence('ru', id as MessageId, { count: 1 }),
    );
    // Words that are the same in both languages.
    expect(same.sort()).toEqual(['item-norm-norm', 'member-devices', 'server-title', 'sync-mark-server']);
  });
});
