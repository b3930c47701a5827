/** Whether this can be the name of a distribution on PyPI. (PEP 508, names) */
export function isDistributionName(text: string): boolean {
  return text.length <= 214 && /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(text)
}

/** Lower case, with runs of `-`, `_` and `.` as one hyphen: `Zope.Interface` is `zope-interface`. (PEP 503) */
export function normalizedName(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]+/g, '-')
}
