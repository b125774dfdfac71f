import { describe, expect, it } from 'vitest';
import { day, dayTime, time } from '../src/i18n/dates';
import { inLanguage } from '../src/i18n/words';
import { asTree } from '../src/state/places';
import { languageOfTablet, settings } from '../src/state/settings.svelte';
import { PLACE_KINDS, VISIT_FORMS } from '../src/seeds';

describe('words of a form', () => {
  it('stand in the wanted language, marked with the language they are in', () => {
    expect(inLanguage({ kk: 'а', ru: 'б', en: 'c' }, 'ru')).toEqual({ text: 'б', lang: 'ru' });
    expect(inLanguage({ kk: '', ru: 'б', en: 'c' }, 'kk')).toEqual({ text: 'б', lang: 'ru' });
    expect(inLanguage({ kk: 'а', ru: '', en: 'c' }, 'ru')).toEqual({ text: 'а', lang: 'kk' });
    expect(inLanguage({ kk: '', ru: '', en: 'c' }, 'kk')).toEqual({ text: 'c', lang: 'en' });
    expect(inLanguage({ kk: '', ru: '', en: '' }, 'kk')).toEqual({ text: '', lang: 'kk' });
  });
});

describe('dates', () => {
  it('are plain numbers by the clock of the tablet', () => {
    const at = new Date(2026, 10, 5, 7, 3).getTime();
    expect(day(at)).toBe('05.11.2026');
    expect(time(at)).toBe('07:03');
    expect(dayTime(at)).toBe('05.11.2026 07:03');
  });
});

describe('settings', () => {
  it('survive the way through the fragment', () => {
    settings.read('#ui=ru&form=en&theme=dark&size=150', ['kk-KZ']);
    expect([settings.language, settings.formLanguage, settings.theme, settings.size]).toEqual([
      'ru',
      'en',
      'dark',
      150,
    ]);
    const fragment = settings.fragment();
    settings.read('', ['kk-KZ']);
    expect(settings.language).toBe('kk');
    settings.read(fragment, []);
    expect(settings.fragment()).toBe(fragment);
  });

  it('take nothing from a fragment that is not allowed there', () => {
    settings.read('#ui=de&form=<b>&theme=pink&size=9000', ['ru-KZ', 'en']);
    expect([settings.language, settings.formLanguage, settings.theme, settings.size]).toEqual([
      'ru',
      'ru',
      'system',
      100,
    ]);
  });

  it('begin in Kazakh on a tablet that speaks none of the three', () => {
    expect(languageOfTablet(['tr-TR', 'de'])).toBe('kk');
    expect(languageOfTablet(['tr', 'en-GB'])).toBe('en');
  });
});

describe('places', () => {
  const name = { kk: '', ru: '', en: '' };
  const place = (id: string, parent: string | null) => ({ place: id, kind: 'block', name, parent });

  it('stand below what they are part of', () => {
    const rows = asTree([place('c', 'b'), place('a', null), place('b', 'a'), place('d', 'gone')]);
    expect(rows.map((row) => `${row.place.place}${row.depth}`)).toEqual(['a0', 'b1', 'c2', 'd0']);
  });

  it('stand by kind and number', () => {
    const named = (id: string, kind: string, ru: string) => ({ place: id, kind, name: { ...name, ru }, parent: null });
    const yard = named('a', 'yard', 'Двор');
    const blocks = ['10', '2'].map((number) => named(`b${number}`, 'block', `Корпус ${number}`));
    expect(asTree([yard, ...blocks]).map((row) => row.place.place)).toEqual(['b2', 'b10', 'a']);
  });

  it('are all shown, even those that two tablets made part of each other', () => {
    const rows = asTree([place('a', 'b'), place('b', 'a'), place('c', 'c')]);
    expect(rows.map((row) => row.place.place).sort()).toEqual(['a', 'b', 'c']);
  });
});

describe('the tables of seeds', () => {
  it('name every kind of place and every form of a visit in three languages', () => {
    expect(PLACE_KINDS.length).toBeGreaterThan(40);
    expect(VISIT_FORMS.map((form) => form.id)).toEqual(['F00', 'F01', 'F06', 'F08']);
    for (const one of [...PLACE_KINDS, ...VISIT_FORMS]) {
      expect(
        [one.id, one.name.kk, one.name.ru, one.name.en].every((text) => text !== ''),
        one.id,
      ).toBe(true);
    }
  });
});
