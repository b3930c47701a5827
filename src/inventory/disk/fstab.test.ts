import { describe, expect, it } from 'vitest'
import { parseFstab } from './fstab.ts'

describe('fstab', () => {
  it('gives what is mounted where, with blanks in paths and comments left out', () => {
    const text = [
      '# /etc/fstab',
      'UUID=0aee  /            ext4 defaults 0 1',
      '\t/dev/vg0/var\t/var/\txfs\tdefaults\t0 0',
      'LABEL="data" /srv/a\\040b auto',
      'PARTLABEL=x\\040y /opt//./x ext3 ro',
      'tmpfs none',
      'swap none swap sw',
      'evil /a/../../etc ext4',
    ].join('\n')

    expect(parseFstab(text)).toEqual([
      { spec: 'UUID=0aee', path: '', type: 'ext4' },
      { spec: '/dev/vg0/var', path: 'var', type: 'xfs' },
      { spec: 'LABEL=data', path: 'srv/a b', type: 'auto' },
      { spec: 'PARTLABEL=x y', path: 'opt/x', type: 'ext3' },
    ])
  })

  it('ends where no machine has more', () => {
    expect(parseFstab('a /b ext4\n'.repeat(5000))).toHaveLength(1000)
  })
})
