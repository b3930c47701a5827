import { describe, expect, it } from 'vitest'
import type { InstalledPackage, Package } from '../../domain/inventory.ts'
import { namespace } from '../../domain/namespace.ts'
import { parsePurl, purlOf } from '../../domain/purl.ts'
import type { Analyzer } from '../ecosystem.ts'
import { generic } from './ecosystem.ts'
import { jdkRelease } from './jdk-release.ts'
import { wordpressCore, wordpressPlugin, wordpressTheme } from './wordpress.ts'

function saidBy(analyzer: Analyzer, path: string, text: string): readonly string[] {
  expect(analyzer.wants(path)).toBe(true)
  const analysis = analyzer.analyze({ path, bytes: new TextEncoder().encode(text) })
  if (!analysis.ok) return [analysis.error.reason]
  return analysis.value.packages.map(({ name, version }) => `${name} ${version}`)
}

const packageOf = (name: string, version: string): Package => ({
  type: 'generic', namespace: generic.namespaceOf(null, name), name, version, arch: null, source: null,
}) // prettier-ignore

describe('the release file of a Java runtime', () => {
  it.each([
    ['IMPLEMENTOR="Amazon.com Inc."\nJAVA_VERSION="17.0.11"\n', 'amazon/amazon-corretto 17.0.11'],
    ['IMPLEMENTOR="Eclipse Adoptium"\nJAVA_VERSION="21.0.4"\nJVM_VARIANT="Hotspot"\n', 'oracle/openjdk 21.0.4'],
    ['IMPLEMENTOR="Azul Systems, Inc."\nJAVA_VERSION="1.8.0_422"\n', 'azul/zulu 1.8.0_422'],
    ['IMPLEMENTOR="Oracle Corporation"\nJAVA_VERSION="19"\n', 'oracle/jdk 19'],
    ['IMPLEMENTOR="Oracle Corporation"\nIMAGE_TYPE="JRE"\nJAVA_VERSION="11.0.16"\n', 'oracle/jre 11.0.16'],
    ['JAVA_VERSION="1.8.0_202"\nBUILD_TYPE="commercial"\n', 'oracle/jdk 1.8.0_202'],
    ['IMPLEMENTOR="GraalVM Community"\nJAVA_VERSION="23.0.2"\nGRAALVM_VERSION="24.1.2"\n', 'oracle/graalvm 23.0.2'],
    ['IMPLEMENTOR="IBM Corporation"\nJAVA_VERSION="17.0.12"\nJVM_VARIANT="Openj9"\n', 'ibm/semeru 17.0.12'],
  ])('%j is %s', (text, expected) => {
    expect(saidBy(jdkRelease, 'opt/java/openjdk/release', text)).toEqual([expected])
  })

  it('is nobody else\'s file of that name, and never without a version', () => {
    expect(saidBy(jdkRelease, 'srv/app/release', 'v1.2.3\n')).toEqual([])
    expect(saidBy(jdkRelease, 'opt/jdk/release', 'JAVA_VERSION="1 2"\n')).toEqual(['package-without-version'])
  }) // prettier-ignore
})

describe('WordPress', () => {
  it('says its version, and its plugins and themes theirs in the headers that it reads itself', () => {
    const core = "<?php\n/**\n * @global string $wp_version\n */\n$wp_version = '6.5.5';\n"
    const plugin = '<?php\n/*\nPlugin Name: WP Migration\r\n * Version: 7.58\nAuthor: x\n*/\n'
    const theme = '/*\nTheme Name: Twenty Twenty-Four\nRequires at least: 6.4\nVersion: 1.2\n*/\n'

    expect(saidBy(wordpressCore, 'var/www/html/wp-includes/version.php', core)).toEqual([
      'wordpress/core/wordpress 6.5.5',
    ])
    expect(saidBy(wordpressPlugin, 'var/www/wp-content/plugins/all-in-one/all-in-one.php', plugin)).toEqual([
      'wordpress/plugin/all-in-one 7.58',
    ])
    expect(saidBy(wordpressPlugin, 'wp-content/plugins/hello.php', plugin)).toEqual(['wordpress/plugin/hello 7.58'])
    expect(saidBy(wordpressTheme, 'wp-content/themes/twentytwentyfour/style.css', theme)).toEqual([
      'wordpress/theme/twentytwentyfour 1.2',
    ])
  })

  it('has many other files, and says so where one has no version', () => {
    const plugins = 'wp-content/plugins/a/'

    expect(saidBy(wordpressPlugin, `${plugins}other.php`, '<?php echo "Plugin Name: no";\n')).toEqual([])
    expect(saidBy(wordpressPlugin, `${plugins}a.php`, '<?php /* Plugin Name: A */\n')).toEqual([
      'package-without-version',
    ])
    expect(saidBy(wordpressCore, 'wp-includes/version.php', '<?php\n')).toEqual(['package-without-version'])
    expect(wordpressPlugin.wants(`${plugins}deeper/inside/x.php`)).toBe(false)
  })
})

describe('what no package manager installed', () => {
  it.each([
    ['nodejs/node', '20.1.0', 'node', '20.1.0'],
    ['amazon/amazon-corretto', '1.8.0_422', 'java', '8.0.422'],
    ['oracle/openjdk', '17.0.12+7-LTS', 'java', '17.0.12'],
    ['oracle/openjdk', '17.0.21.1', 'java', '17.0.21'],
    ['oracle/jdk', '19', 'java', '19'],
    ['apache/httpd', '2.4.58', 'apache', '2.4.58'],
    ['wordpress/core/wordpress', '6.5.5', 'wordpress', '6.5.5'],
  ])('%s %s is matched as %s %s of Bitnami', (name, version, subject, comparable) => {
    const pkg = packageOf(name, version)

    expect(pkg.namespace).toBe('bitnami')
    expect(generic.advisorySubject(pkg)).toEqual({ name: subject, version: comparable })
    expect(generic.scheme.parse(comparable)).toMatchObject({ ok: true })
  })

  it.each([
    ['wordpress/plugin/akismet', 'wordpress-plugin'],
    ['wordpress/theme/node', 'wordpress-theme'],
    ['oracle/graalvm', 'generic'],
    ['someone/node', 'generic'],
    ['__proto__', 'generic'],
  ])('%s is listed where no feed speaks', (name, where) => {
    expect(packageOf(name, '1').namespace).toBe(where)
  })

  it('has the package URL that Amazon Inspector gives it', () => {
    const url = purlOf(packageOf('wordpress/core/wordpress', '6.5.5'), null)

    expect(url).toBe('pkg:generic/wordpress/core/wordpress@6.5.5')
    expect(parsePurl(url)).toMatchObject({ ok: true, value: { type: 'generic', name: 'wordpress/core/wordpress' } })
  })

  it('counts once where program and library of one installation say the same', () => {
    const at = (filePath: string, version = '3.11.2'): InstalledPackage => ({
      ...packageOf('python', version), manager: 'OTHER', filePath, layer: null, ownedBy: null,
    }) // prettier-ignore
    const kept = generic.withoutCopies([
      at('usr/local/bin/python3.11'),
      at('usr/local/lib/libpython3.11.so.1.0'),
      at('opt/other/lib/libpython3.11.so.1.0'),
      at('usr/local/lib/libpython3.12.so.1.0', '3.12.1'),
    ])

    expect(kept.map(({ filePath }) => filePath)).toEqual([
      'usr/local/bin/python3.11',
      'opt/other/lib/libpython3.11.so.1.0',
      'usr/local/lib/libpython3.12.so.1.0',
    ])
    expect(namespace('bitnami')).toBe(kept[0]?.namespace)
  })
})
