// Draws the icons of the window from src-tauri/icons/icon.svg.
import { readFileSync, writeFileSync } from 'node:fs';
import { Resvg } from '@resvg/resvg-js';

const folder = new URL('../../src-tauri/icons/', import.meta.url);
const svg = readFileSync(new URL('icon.svg', folder), 'utf8');

/** @param {number} width */
const png = (width) => Buffer.from(new Resvg(svg, { fitTo: { mode: 'width', value: width } }).render().asPng());

/**
 * An .ico file with one picture of 256 x 256 in it: a header of 6 bytes, an entry of 16, then the PNG.
 * @param {Buffer} picture
 */
function ico(picture) {
  const head = Buffer.alloc(22);
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(1, 4);
  // Width and height of 256 are written as 0, which Buffer.alloc has done.
  head.writeUInt16LE(1, 10);
  head.writeUInt16LE(32, 12);
  head.writeUInt32LE(picture.length, 14);
  head.writeUInt32LE(head.length, 18);
  return Buffer.concat([head, picture]);
}

writeFileSync(new URL('32x32.png', folder), png(32));
writeFileSync(new URL('128x128.png', folder), png(128));
writeFileSync(new URL('128x128@2x.png', folder), png(256));
writeFileSync(new URL('icon.png', folder), png(512));
writeFileSync(new URL('icon.ico', folder), ico(png(256)));
