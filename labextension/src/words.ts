/** The words of whoever reads, in the form of JupyterLab's translations. */
export interface Words {
  __(text: string, ...values: (string | number)[]): string;
  _n(singular: string, plural: string, count: number, ...values: (string | number)[]): string;
}

/** Words without any translation. */
export const plainWords: Words = {
  __: (text, ...values) => filled(text, values),
  _n: (singular, plural, count, ...values) =>
    filled(count === 1 ? singular : plural, [count, ...values])
};

function filled(text: string, values: readonly (string | number)[]): string {
  return text.replace(/%(\d)/g, (all, place: string) => String(values[Number(place) - 1] ?? all));
}
