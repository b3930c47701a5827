/** `vendor/name`. Old lockfiles have capitals; compared without regard to case. (getcomposer.org/doc/04-schema.md, `name`) */
export function isComposerName(text: string): boolean {
  return text.length <= 256 && /^[a-z0-9](?:[_.-]?[a-z0-9]+)*\/[a-z0-9](?:(?:[_.]|-{1,2})?[a-z0-9]+)*$/i.test(text)
}
