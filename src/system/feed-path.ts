/** Whether `path` names a file below its base and nothing else: no empty, `.` or `..` part, no backslash, no NUL. */
export function isPlainPath(path: string): boolean {
  return path.split('/').every(part => part !== '' && part !== '.' && part !== '..' && !/[\\\0]/.test(part))
}
