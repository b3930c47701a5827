/** What an agent is told when it starts; handed on to its short-lived processes as JSON. Holds no secret. */
export interface AgentSettings {
  /** `https://host[:port][/path]`, without a trailing slash. */
  readonly server: string
  readonly tokenFile: string
  readonly stateDirectory: string
  /** Whether the metadata service of EC2 is asked also where the firmware names no EC2. */
  readonly asksEc2: boolean
  /** Root of the machine: `/`, or where a container mounts it. */
  readonly root: string
  /** Directories beside the default ones that are searched for language packages, relative to the root. */
  readonly paths: readonly string[]
  /** Hours between two searches for language packages. */
  readonly deepHours: number
  /** Seconds between two looks at the package databases, beside what the kernel tells of changes. */
  readonly pollSeconds: number
  /** Longest pause in seconds between two attempts to reach the server. */
  readonly longestPauseSeconds: number
}

/** Where language packages are looked for on Linux. (inspector-behaviour §6.2, documented) */
export const DEFAULT_PATHS = ['usr/lib', 'usr/lib64', 'usr/local/lib', 'usr/local/lib64'] as const
/** Custom paths of one host, and characters of one. (inspector-behaviour §6.2, documented) */
export const MOST_CUSTOM_PATHS = 5
export const MOST_PATH_CHARACTERS = 256

/** Language packages of one host. (inspector-behaviour §6.2, documented) */
export const MOST_LANGUAGE_PACKAGES = 5_000
/** Minutes that a search for language packages may take. (inspector-behaviour §6.2, documented) */
export const COLLECTION_MINUTES = 15

/** Places of the package databases and of what tells the release: the readers of operating systems look nowhere else. */
export const DATABASE_PLACES = [
  'etc',
  'lib/apk/db',
  'root/buildinfo',
  'usr/lib/apk/db',
  'usr/lib/os-release',
  'usr/lib/sysimage/rpm',
  'usr/share/bottlerocket',
  'usr/share/buildinfo',
  'usr/share/rpm',
  'var/lib/apk/db',
  'var/lib/dpkg',
  'var/lib/rhsm/cache',
  'var/lib/rpm',
  'var/lib/rpmmanifest',
  'var/lib/ubuntu-advantage',
] as const

/** Files and directories whose change means that packages changed; directories are watched, both are compared. */
export const WATCHED_DIRECTORIES = [
  'etc',
  'lib/apk/db',
  'usr/lib/apk/db',
  'usr/lib/sysimage/rpm',
  'usr/share/rpm',
  'var/lib/apk/db',
  'var/lib/dpkg',
  'var/lib/dpkg/status.d',
  'var/lib/rpm',
] as const
export const WATCHED_FILES = [
  'etc/alpine-release',
  'etc/apk/repositories',
  'etc/os-release',
  'lib/apk/db/installed',
  'usr/lib/apk/db/installed',
  'usr/lib/os-release',
  'usr/lib/sysimage/rpm/Packages',
  'usr/lib/sysimage/rpm/Packages.db',
  'usr/lib/sysimage/rpm/rpmdb.sqlite',
  'usr/lib/sysimage/rpm/rpmdb.sqlite-wal',
  'usr/share/bottlerocket/application-inventory.json',
  'usr/share/rpm/rpmdb.sqlite',
  'var/lib/apk/db/installed',
  'var/lib/dpkg/status',
  'var/lib/dpkg/status.d',
  'var/lib/rpm/Packages',
  'var/lib/rpm/Packages.db',
  'var/lib/rpm/rpmdb.sqlite',
  'var/lib/rpm/rpmdb.sqlite-wal',
  'var/lib/rpmmanifest/container-manifest-2',
  'var/lib/ubuntu-advantage/status.json',
] as const

/** The three kinds of short-lived process: take the inventory and send it, send what is kept, search for language packages. */
export type AgentTask = 'report' | 'send' | 'search'

/** What a short-lived process says at its end, as one line of JSON. */
export interface TaskOutcome {
  readonly isDone: boolean
  /** Whether the inventory was taken and kept, so that only sending is left. */
  readonly isKept: boolean
  /** Why not, in words; `null` when all is well. */
  readonly error: string | null
  /** Whether only a person can help: the pause before the next attempt is the longest at once. */
  readonly needsPerson: boolean
  /** Seconds until the server wants to hear again; `null` when it was not reached. */
  readonly checkInSeconds: number | null
}
