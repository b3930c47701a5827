import type { ImageConfig } from './image.ts'

/** `linux/arm64/v8`: the platform in the words of image indexes. (OCI image spec, image-index.md) */
export function platformInWords(config: Pick<ImageConfig, 'os' | 'architecture' | 'variant'>): string {
  return `${config.os}/${config.architecture}${config.variant === null ? '' : `/${config.variant}`}`
}

/** `linux/arm64` asks for any variant, `linux/arm64/v8` for that one. */
export function matchesPlatform(platform: string, wanted: string): boolean {
  return platform === wanted || platform.startsWith(`${wanted}/`)
}

/** Whether a text is a platform that can be asked for: `os/architecture` with or without a variant. */
export function isPlatform(text: string): boolean {
  return /^[a-z0-9]{1,32}\/[a-z0-9_]{1,32}(?:\/[a-z0-9.]{1,32})?$/.test(text)
}
