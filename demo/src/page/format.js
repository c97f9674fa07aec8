// Texts for figures, and the way to an element.

export const $ = (id) => document.getElementById(id);

export function bytes(count) {
  return scaled(count, ['B', 'kB', 'MB', 'GB', 'TB']);
}

export function bits(count) {
  return scaled(count, ['bit', 'kbit', 'Mbit', 'Gbit']);
}

function scaled(count, units) {
  let unit = 0;
  while (count >= 1000 && unit < units.length - 1) {
    count /= 1000;
    unit += 1;
  }
  return `${count.toFixed(unit === 0 || count >= 100 ? 0 : 1)} ${units[unit]}`;
}

export function milliseconds(time) {
  return `${time.toFixed(time < 10 ? 1 : 0)} ms`;
}

export async function sha256(buffer) {
  const digest = await crypto.subtle.digest('SHA-256', buffer);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
