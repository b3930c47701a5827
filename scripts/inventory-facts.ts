/** What a file says: what is there, what a tool resolved, what somebody asked for, what a build left behind, or the system. */
export type FileKind = 'system' | 'installed' | 'built' | 'locked' | 'declared' | 'told'

/** One reader beside what others do with the same file. */
export interface InventoryFact {
  /** `Analyzer.id` or `ContentAnalyzer.id`. */
  readonly id: string
  readonly kind: FileKind
  /** As the page shows it. */
  readonly files: string
  /** A path that the reader wants: a test asks it. */
  readonly example: string
  readonly inspector: string
  readonly trivy: string
  readonly syft: string
}

const YES = 'yes'
const NO = '–'
/** Trivy reads locks in file systems and repositories only, and what is installed in images and root file systems only. */
const IN_REPOSITORIES = 'repositories only'
const IN_IMAGES = 'images only'
/** Syft leaves declared packages out of images. */
const IN_DIRECTORIES = 'directories only'

type Row = readonly [string, FileKind, string, string, string, string, string]

/**
 * Sources: Amazon Inspector user guide, "Comprehensive dependency collection" and "… operating system collection" of the SBOM
 * generator; Trivy 0.6x documentation, "Programming Language" and "OS" coverage; Syft's catalogers (anchore/syft,
 * `syft/pkg/cataloger/*`, and the wiki page on their selection). Looked at on 2026-11-23; a dash is "not named there".
 */
const ROWS: readonly Row[] = [
  ['apk/alpine-release', 'system', '`etc/alpine-release`', 'etc/alpine-release', NO, YES, NO],
  ['apk/installed', 'system', '`apk/db/installed` in `lib`, `usr/lib` and `var/lib`', 'usr/lib/apk/db/installed', YES, YES, YES],
  ['apk/repositories', 'system', '`etc/apk/repositories`', 'etc/apk/repositories', NO, YES, NO],
  ['bitnami/component-list', 'installed', '`.bitnami_components.json`', 'opt/bitnami/.bitnami_components.json', NO, NO, NO],
  ['bitnami/component-spdx', 'installed', '`opt/bitnami/**/.spdx-*.spdx`', 'opt/bitnami/redis/.spdx-redis.spdx', NO, YES, YES],
  ['cargo/auditable', 'built', 'executables with cargo-auditable data', 'usr/bin/tool', YES, IN_IMAGES, YES],
  ['cargo/cargo-lock', 'locked', '`Cargo.lock`', 'app/Cargo.lock', YES, YES, IN_DIRECTORIES],
  ['composer/composer-lock', 'locked', '`composer.lock`', 'app/composer.lock', YES, IN_REPOSITORIES, IN_DIRECTORIES],
  ['composer/installed-json', 'installed', '`vendor/composer/installed.json`', 'app/vendor/composer/installed.json', YES, IN_IMAGES, YES],
  ['conan/conan-lock', 'locked', '`conan.lock` of Conan 1 and 2', 'app/conan.lock', NO, IN_REPOSITORIES, IN_DIRECTORIES],
  ['conan/conanfile-txt', 'declared', '`conanfile.txt`', 'app/conanfile.txt', NO, NO, IN_DIRECTORIES],
  ['cran/installed-package', 'installed', '`DESCRIPTION` in a library of R', 'usr/lib/R/site-library/readxl/DESCRIPTION', NO, NO, YES],
  ['cran/renv-lock', 'locked', '`renv.lock`', 'app/renv.lock', NO, NO, NO],
  ['deb/chisel-manifest', 'told', '`var/lib/chisel/manifest.wall`: told as unread', 'var/lib/chisel/manifest.wall', NO, NO, NO],
  ['deb/debian-version', 'system', '`etc/debian_version`', 'etc/debian_version', NO, YES, NO],
  ['deb/distroless-file-list', 'system', '`var/lib/dpkg/status.d/*.md5sums`: who owns what', 'var/lib/dpkg/status.d/base.md5sums', NO, YES, YES],
  ['deb/dpkg-file-list', 'system', '`var/lib/dpkg/info/*.list`: who owns what', 'var/lib/dpkg/info/curl.list', YES, YES, YES],
  ['deb/dpkg-status', 'system', '`var/lib/dpkg/status`', 'var/lib/dpkg/status', YES, YES, YES],
  ['deb/dpkg-status-d', 'system', '`var/lib/dpkg/status.d/*`', 'var/lib/dpkg/status.d/base', YES, YES, YES],
  ['deb/lsb-release', 'system', '`etc/lsb-release` of Ubuntu', 'etc/lsb-release', NO, YES, NO],
  ['deb/os-release', 'system', '`os-release` in `etc` and `usr/lib`', 'usr/lib/os-release', YES, YES, YES],
  ['deb/ubuntu-pro-status', 'system', '`var/lib/ubuntu-advantage/status.json`', 'var/lib/ubuntu-advantage/status.json', NO, YES, NO],
  ['gem/gemfile-lock', 'locked', '`Gemfile.lock`, `gems.locked`', 'app/gems.locked', YES, IN_REPOSITORIES, IN_DIRECTORIES],
  ['gem/installed-gem', 'installed', '`specifications/**/*.gemspec`', 'usr/lib/ruby/gems/3.1.0/specifications/rake-13.0.6.gemspec', YES, IN_IMAGES, YES],
  ['generic/jdk-release', 'installed', '`release` of a Java runtime', 'opt/java/openjdk/release', 'Oracle, Corretto', NO, YES],
  ['generic/runtime-binary', 'built', 'programs of Node.js, Python, Ruby, PHP, nginx, httpd, HAProxy, Memcached, Redis, Valkey, PostgreSQL, MariaDB', 'usr/local/bin/node', 'Node.js, PHP, nginx, MariaDB', NO, YES],
  ['generic/wordpress-core', 'installed', '`wp-includes/version.php`', 'var/www/html/wp-includes/version.php', YES, NO, NO],
  ['generic/wordpress-plugin', 'installed', 'the PHP file with the header of a plugin of WordPress', 'wp-content/plugins/akismet/akismet.php', '`readme.txt`', NO, YES],
  ['generic/wordpress-theme', 'installed', '`style.css` of a theme of WordPress', 'wp-content/themes/a/style.css', YES, NO, NO],
  ['githubactions/workflow', 'declared', '`.github/workflows/*.yml`', '.github/workflows/ci.yml', NO, NO, IN_DIRECTORIES],
  ['golang/binary', 'built', 'executables of Go (build information)', 'usr/bin/tool', YES, IN_IMAGES, YES],
  ['golang/go-mod', 'locked', '`go.mod`', 'app/go.mod', YES, IN_REPOSITORIES, IN_DIRECTORIES],
  ['golang/go-sum', 'locked', '`go.sum` without a `go.mod`', 'app/go.sum', YES, IN_REPOSITORIES, NO],
  ['golang/vendored-modules', 'installed', '`vendor/modules.txt`', 'app/vendor/modules.txt', NO, NO, NO],
  ['hex/mix-lock', 'locked', '`mix.lock`', 'app/mix.lock', NO, IN_REPOSITORIES, IN_DIRECTORIES],
  ['hex/rebar-lock', 'locked', '`rebar.lock`', 'app/rebar.lock', NO, NO, IN_DIRECTORIES],
  ['maven/gradle-lockfile', 'locked', '`gradle.lockfile`, `gradle/dependency-locks/*.lockfile`', 'app/gradle.lockfile', NO, IN_REPOSITORIES, IN_DIRECTORIES],
  ['maven/java-archive', 'built', '`*.jar`, `*.war`, `*.ear`, `*.par`, `*.jmod`, archives within them', 'app/app.jar', YES, IN_IMAGES, YES],
  ['maven/pom-properties', 'installed', '`META-INF/maven/**/pom.properties`, unpacked', 'app/META-INF/maven/a/b/pom.properties', YES, NO, NO],
  ['maven/pom-xml', 'declared', '`pom.xml`', 'app/pom.xml', YES, IN_REPOSITORIES, IN_DIRECTORIES],
  ['maven/sbt-lock', 'locked', '`build.sbt.lock`', 'app/build.sbt.lock', NO, IN_REPOSITORIES, NO],
  ['npm/bun-lock', 'locked', '`bun.lock`', 'app/bun.lock', NO, IN_REPOSITORIES, NO],
  ['npm/bun-lockb', 'told', '`bun.lockb`: told as unread', 'app/bun.lockb', NO, NO, NO],
  ['npm/installed-package', 'installed', '`node_modules/**/package.json`, also of pnpm', 'app/node_modules/a/package.json', YES, IN_IMAGES, YES],
  ['npm/package-lock', 'locked', '`package-lock.json`, `npm-shrinkwrap.json`, versions 1 to 3', 'app/npm-shrinkwrap.json', YES, IN_REPOSITORIES, IN_DIRECTORIES],
  ['npm/pnpm-lock', 'locked', '`pnpm-lock.yaml`, versions 5 to 9', 'app/pnpm-lock.yaml', YES, IN_REPOSITORIES, IN_DIRECTORIES],
  ['npm/yarn-lock', 'locked', '`yarn.lock`, classic and later', 'app/yarn.lock', YES, IN_REPOSITORIES, IN_DIRECTORIES],
  ['npm/yarn-pnp', 'installed', "`.pnp.cjs`, `.pnp.js`, `.pnp.data.json` of Yarn Plug'n'Play", 'app/.pnp.cjs', NO, NO, NO],
  ['nuget/deps-json', 'built', '`*.deps.json`', 'app/App.deps.json', YES, YES, YES],
  ['nuget/packages-config', 'locked', '`packages.config`', 'app/packages.config', YES, YES, NO],
  ['nuget/packages-lock', 'locked', '`packages.lock.json`', 'app/packages.lock.json', YES, YES, IN_DIRECTORIES],
  ['nuget/project-assets', 'locked', '`obj/project.assets.json`', 'app/obj/project.assets.json', NO, NO, NO],
  ['nuget/project-file', 'declared', '`*.csproj`, `*.fsproj`, `*.vbproj`, `Directory.Packages.props`, `Directory.Build.*`', 'app/App.csproj', '`*.csproj`', '`*Packages.props`', NO],
  ['nuget/unpacked-nuspec', 'installed', '`<id>/<version>/<id>.nuspec`', 'root/.nuget/packages/a/1.0.0/a.nuspec', NO, NO, NO],
  ['pub/pubspec-lock', 'locked', '`pubspec.lock`', 'app/pubspec.lock', NO, IN_REPOSITORIES, IN_DIRECTORIES],
  ['pypi/conda-history', 'told', '`conda-meta/history`: how many packages are not matched', 'opt/conda/conda-meta/history', NO, '`conda-meta/*.json`', '`conda-meta/*.json`'],
  ['pypi/installed-distribution', 'installed', '`*.dist-info/METADATA`, `*.egg-info`, `EGG-INFO/PKG-INFO`', 'app/lib/idna-3.7.dist-info/METADATA', YES, IN_IMAGES, YES],
  ['pypi/pdm-lock', 'locked', '`pdm.lock`', 'app/pdm.lock', NO, NO, IN_DIRECTORIES],
  ['pypi/pipfile-lock', 'locked', '`Pipfile.lock`', 'app/Pipfile.lock', YES, IN_REPOSITORIES, IN_DIRECTORIES],
  ['pypi/poetry-lock', 'locked', '`poetry.lock`', 'app/poetry.lock', YES, IN_REPOSITORIES, IN_DIRECTORIES],
  ['pypi/pylock', 'locked', '`pylock.toml`, `pylock.*.toml`', 'app/pylock.toml', NO, NO, NO],
  ['pypi/requirements', 'declared', '`*requirements*.txt`, with `==` and `~=`', 'app/requirements.txt', YES, IN_REPOSITORIES, IN_DIRECTORIES],
  ['pypi/uv-lock', 'locked', '`uv.lock`, `*.py.lock` of scripts', 'app/uv.lock', YES, IN_REPOSITORIES, IN_DIRECTORIES],
  ['pypi/zipped-egg', 'installed', '`*.egg`, zipped', 'usr/lib/python2.7/site-packages/a-1.0-py2.7.egg', YES, IN_IMAGES, NO],
  ['rpm/berkeley-db', 'system', '`Packages` (Berkeley DB) in `var/lib/rpm`, `usr/lib/sysimage/rpm`, `usr/share/rpm`', 'var/lib/rpm/Packages', YES, YES, YES],
  ['rpm/bottlerocket-inventory', 'system', 'application inventory of Bottlerocket', 'usr/share/bottlerocket/application-inventory.json', YES, YES, NO],
  ['rpm/container-manifest', 'system', '`var/lib/rpmmanifest/container-manifest-2`', 'var/lib/rpmmanifest/container-manifest-2', NO, YES, YES],
  ['rpm/ndb', 'system', '`Packages.db` (NDB) in the same three', 'usr/lib/sysimage/rpm/Packages.db', YES, YES, YES],
  ['rpm/red-hat-content-manifest', 'system', '`buildinfo/content_manifests/*.json`', 'root/buildinfo/content_manifests/a.json', NO, YES, NO],
  ['rpm/red-hat-release', 'system', '`releasever` of dnf, yum and subscription-manager', 'etc/dnf/vars/releasever', NO, NO, NO],
  ['rpm/red-hat-repositories', 'system', '`etc/yum.repos.d/redhat.repo`', 'etc/yum.repos.d/redhat.repo', NO, NO, NO],
  ['rpm/release-file', 'system', '`etc/redhat-release`, `etc/system-release` and five others', 'etc/redhat-release', NO, YES, YES],
  ['rpm/sqlite', 'system', '`rpmdb.sqlite` in the same three', 'usr/share/rpm/rpmdb.sqlite', YES, YES, YES],
  ['rpm/sqlite-wal', 'system', '`rpmdb.sqlite-wal`', 'var/lib/rpm/rpmdb.sqlite-wal', NO, NO, NO],
  ['rpm/suse-products', 'system', '`etc/products.d/*.prod`', 'etc/products.d/SLES.prod', NO, NO, NO],
  ['swift/package-resolved', 'locked', '`Package.resolved`, versions 1 to 3', 'app/Package.resolved', YES, IN_REPOSITORIES, IN_DIRECTORIES],
  ['swift/podfile-lock', 'told', '`Podfile.lock`: how many pods are not matched', 'app/Podfile.lock', NO, IN_REPOSITORIES, IN_DIRECTORIES],
] // prettier-ignore

export const INVENTORY_FACTS: readonly InventoryFact[] = ROWS.map(
  ([id, kind, files, example, inspector, trivy, syft]) => ({ id, kind, files, example, inspector, trivy, syft }),
)

/** What is not read, and why; with who does read it. */
export const NOT_READ: readonly (readonly [what: string, why: string])[] = [
  ['**Windows and macOS**: the registry, updates and installed programs of Windows, application bundles of macOS', 'No feed of advisories for them yet. Their language packages are found like everybody else\'s. (Amazon Inspector reads Windows.)'],
  ['Package databases of Arch, Gentoo, Nix, Slackware, OpenWrt, Homebrew, snaps and flatpaks', 'None of the feeds speaks about their builds. (Syft lists several of them.)'],
  ['Slices of packages that Chisel cut', 'Their manifest is compressed and has no reader yet: told, because such images have no other database.'],
  ['BusyBox, curl, OpenSSL, OpenSSH, MySQL, Perl and other programs in C that were built from source', 'They have no package, and no feed that is read speaks about their upstream versions: only CPE names could be guessed, and guessing them is the largest source of false matches in other scanners. (Amazon Inspector and Syft read some.)'],
  ['Assemblies of .NET without a `deps.json`', 'Their version resource is free text, which need not be that of a package. (Syft reads it.)'],
  ['The zipped cache of Yarn, caches of Go, Maven, Gradle and Cargo', 'What a cache holds need not be what runs; what is installed or locked from it is read. (Amazon Inspector reads the cache of Go.)'],
  ['`bun.lockb`, packages of conda that are not Python, CocoaPods', 'Told by name and number: a format without a description, and packages about which no feed speaks.'],
  ['`package.json`, `pyproject.toml`, `setup.py`, `Cargo.toml`, `Gemfile`, `build.gradle`, version catalogs, `conanfile.py`', 'They name ranges, not versions, or are programs. (Amazon Inspector reads `Cargo.toml`; Syft reads `setup.py`.)'],
  ['Packages of Julia, Haskell, Lua, OCaml and Perl, applications of an Erlang release, Bioconductor', 'No reader yet. (Trivy and Syft read some.)'],
] // prettier-ignore
