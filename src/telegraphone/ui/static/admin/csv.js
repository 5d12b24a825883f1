// A table as text (RFC 4180) → its rows.

/** Rows of cells; quotes may hold commas, line ends and doubled quotes. A semicolon in the first line and no comma: that separates. */
export function parseTable(text) {
  const bare = text.replace(/^\ufeff/, ''), first = bare.split(/\r?\n/, 1)[0];
  const separator = !first.includes(',') && first.includes(';') ? ';' : ',';
  const rows = [[]];
  let cell = '', quoted = false;
  for (let at = 0; at < bare.length; at += 1) {
    const sign = bare[at];
    if (quoted) {
      if (sign !== '"') cell += sign;
      else if (bare[at + 1] === '"') cell += bare[at += 1];
      else quoted = false;
    } else if (sign === '"' && cell === '') quoted = true;
    else if (sign === separator) {
      rows.at(-1).push(cell);
      cell = '';
    } else if (sign === '\n') {
      rows.at(-1).push(cell.replace(/\r$/, ''));
      rows.push([]);
      cell = '';
    } else cell += sign;
  }
  rows.at(-1).push(cell);
  return rows;
}
