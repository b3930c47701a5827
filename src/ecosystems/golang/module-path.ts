/** Whether this can be the path of a module that is fetched from somewhere. (go.dev/ref/mod, module paths) */
export function isModulePath(text: string): boolean {
  return text.length <= 512 && /^[A-Za-z0-9][A-Za-z0-9._~/-]*$/.test(text) && !text.includes('//')
}

/**
 * Files of modules that this project does not build as its own: the module cache and vendored copies, whose versions
 * the project's go.mod decides, and specimens for tests. (matching-and-feeds §2.8)
 */
export function isSomebodyElsesModule(path: string): boolean {
  return /(?:^|\/)(?:pkg\/mod|vendor|testdata|node_modules)\//.test(path)
}
