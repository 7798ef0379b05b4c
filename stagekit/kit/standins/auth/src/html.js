class Safe {
  constructor(text) {
    this.text = text;
  }

  toString() {
    return this.text;
  }
}

const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** A template tag that escapes every value put in, except what this tag made. Lists are joined; nothing prints for undefined, null, false. */
export function html(strings, ...values) {
  return new Safe(strings.reduce((text, part, index) => text + show(values[index - 1]) + part));
}

function show(value) {
  if (value instanceof Safe) return value.text;
  if (Array.isArray(value)) return value.map(show).join('');
  if (value === undefined || value === null || value === false) return '';
  return String(value).replace(/[&<>"']/gu, (character) => ENTITIES[character]);
}
