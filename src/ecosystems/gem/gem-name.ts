/** Whether this can be the name of a gem. (RubyGems, Gem::Specification::VALID_NAME_PATTERN) */
export function isGemName(text: string): boolean {
  return text.length <= 214 && /^[A-Za-z0-9._-]+$/.test(text) && /[A-Za-z]/.test(text)
}
