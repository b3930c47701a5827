/**
 * Products of SUSE as channels: which builds a system takes is said by the products installed on it, and definitions say
 * of every fix which products it is for. Names are those of release packages (`sles-ltss-release`) and of files in
 * `etc/products.d` (`SLES-LTSS.prod`), which agree but for capitals. (SLES 12 and 15, observed; 16 by its definitions)
 */
const PREFIX = 'suse:'

/** Products that go on after general support: what only they fix, nobody else gets. (SUSE "Product Support Lifecycle") */
const EXTENDED_SUPPORT = /(?:^|[-_])(?:ltss|espos|bcl|teradata|es|sap)(?:$|[-_])/

/** Products that every system of a release may take builds from: the base products, and modules and extensions on them. */
const GENERAL = /^(?:sle[sd]|sle_hpc|sle-(?:module|we|ha|sdk|rt)(?:-.+)?|sle_rt|packagehub.*|opensuse|leap)$/

/** The channel of one product. */
export function suseChannelOfProduct(product: string): string {
  return PREFIX + product.toLowerCase()
}

export function isSuseChannel(channel: string): boolean {
  return channel.startsWith(PREFIX)
}

/**
 * The channel of builds that are for these products (`sles-ltss:15.3`) in a release: empty for those of everybody, `null`
 * where none of them is a product of the release.
 */
export function suseChannelOf(products: readonly string[], release: string): string | null {
  const own = products.flatMap(product => {
    const [name = '', version] = product.split(':')
    return version === release || !SHARED_VERSIONS.test(version ?? '')
      ? [{ name, isOfRelease: version === release }]
      : []
  })
  if (own.length === 0) return null
  if (own.some(({ name, isOfRelease }) => isOfRelease && GENERAL.test(name) && !EXTENDED_SUPPORT.test(name))) return ''
  return [...new Set(own.map(({ name }) => suseChannelOfProduct(name)))].sort().join(' ')
}

/** Versions that name a release of SUSE Linux Enterprise or Leap rather than of a product on top of one. */
const SHARED_VERSIONS = /^(?:1[0-9]|4[0-9])(?:\.[0-9]{1,2})?$/

/** Products that a channel names. */
export function productsOfChannel(channel: string): readonly string[] {
  return channel.split(' ').filter(isSuseChannel)
}

/** Behind the products of a channel whose entry everybody else has another one for, with a fix. */
const ONLY = ' only'

/** The channel of an entry that must not count for anybody but the customers of its products. */
export function onlyForCustomers(channel: string): string {
  return channel + ONLY
}

/** Whether a channel names a product whose builds everybody else on the release needs, but does not get. */
export function isExtendedSupport(channel: string): boolean {
  if (channel.endsWith(ONLY)) return false
  return productsOfChannel(channel).some(product => EXTENDED_SUPPORT.test(product.slice(PREFIX.length)))
}
