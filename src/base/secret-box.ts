/**
 * Encrypts what must be readable again (registry passwords, the secrets of access keys). `context` names the record that
 * the secret belongs to: what was sealed for one record does not open for another.
 */
export interface SecretBox {
  seal(text: string, context: string): string
  /** Throws when the text was changed, was sealed with another key, or belongs to another context. */
  open(sealed: string, context: string): string
}
