/** An artefact of Maven: `group:artifact` and its version. */
export interface Coordinates {
  readonly name: string
  readonly version: string
}

/** `commons-lang3-3.12.0.jar` taken apart; without a version where the name ends before one. */
export interface FileNameParts {
  readonly artifact: string
  readonly version: string | null
}

/** Whether this can be `group:artifact`. (Maven, coordinates: letters, digits, `-`, `_` and `.`) */
export function isCoordinates(text: string): boolean {
  return text.length <= 512 && /^[A-Za-z0-9_.-]+:[A-Za-z0-9_.-]+$/.test(text)
}
