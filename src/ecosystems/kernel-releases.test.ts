import { describe, expect, it } from 'vitest'
import { aPackage } from '../../test/support/builders.ts'
import { namespace } from '../domain/namespace.ts'
import type { PurlType } from '../domain/namespace.ts'
import { ecosystemOf } from './index.ts'

describe('kernelReleases', () => {
  it.each<[PurlType, string, string, string, string | undefined]>([
    ['deb', 'debian:11', 'linux-image-5.10.0-22-amd64', '5.10.178-3', '5.10.0-22-amd64'],
    ['deb', 'debian:12', 'linux-image-6.1.0-13-cloud-amd64-unsigned', '6.1.55-1', '6.1.0-13-cloud-amd64'],
    ['deb', 'debian:12', 'linux-image-6.1.0-13-amd64-dbg', '6.1.55-1', '6.1.0-13-amd64'],
    ['deb', 'debian:12', 'linux-image-amd64', '6.1.55-1', undefined],
    ['deb', 'ubuntu:22.04', 'linux-image-unsigned-5.15.0-91-generic', '5.15.0-91.101', '5.15.0-91-generic'],
    ['deb', 'ubuntu:24.04', 'linux-image-6.8.0-1009-aws', '6.8.0-1009.9', '6.8.0-1009-aws'],
    ['deb', 'ubuntu:22.04', 'linux-modules-extra-5.15.0-91-generic', '5.15.0-91.101', '5.15.0-91-generic'],
    ['deb', 'ubuntu:22.04', 'linux-image-generic-hwe-22.04', '6.5.0.14.14', undefined],
    ['deb', 'ubuntu:22.04', 'linux-libc-dev', '5.15.0-91.101', undefined],
    ['deb', 'debian:12', 'openssl', '3.0.14-1', undefined],
    ['rpm', 'rocky:9', 'kernel-core', '5.14.0-362.8.1.el9_3', '5.14.0-362.8.1.el9_3.x86_64'],
    ['rpm', 'rocky:9', 'kernel-modules-core', '5.14.0-362.8.1.el9_3', '5.14.0-362.8.1.el9_3.x86_64'],
    ['rpm', 'rhel:9', 'kernel-rt-core', '5.14.0-427.13.1.el9_4', '5.14.0-427.13.1.el9_4.x86_64'],
    ['rpm', 'ol:8', 'kernel-uek', '0:5.15.0-200.131.27.el8uek', '5.15.0-200.131.27.el8uek.x86_64'],
    ['rpm', 'amzn:2', 'kernel', '4.14.355-275.570.amzn2', '4.14.355-275.570.amzn2.x86_64'],
    ['rpm', 'amzn:2023', 'kernel6.12', '6.12.22-27.96.amzn2023', '6.12.22-27.96.amzn2023.x86_64'],
    ['rpm', 'rocky:9', 'kernel-headers', '5.14.0-362.8.1.el9_3', undefined],
    ['rpm', 'rocky:9', 'kernel-tools', '5.14.0-362.8.1.el9_3', undefined],
    ['rpm', 'sles:15.4', 'kernel-default', '5.14.21-150400.24.100.2', '5.14.21-150400.24.100-default'],
    ['rpm', 'photon:5', 'linux-esx', '6.1.75-1.ph5', '6.1.75-1.ph5-esx'],
    ['rpm', 'photon:5', 'linux-api-headers', '6.1.75-1.ph5', undefined],
    ['apk', 'alpine:3.20', 'linux-lts', '6.6.30-r0', '6.6.30-0-lts'],
    ['apk', 'alpine:3.20', 'linux-virt', '6.6.30-r12', '6.6.30-12-virt'],
    ['apk', 'alpine:3.20', 'linux-headers', '6.6-r0', undefined],
    ['apk', 'alpine:3.20', 'linux-lts-dev', '6.6.30-r0', undefined],
    ['apk', 'alpine:3.20', 'linux-pam', '1.5.2-r10', undefined],
    ['apk', 'alpine:3.20', 'linux-firmware', '20240513-r0', undefined],
  ])('%s of %s: %s %s runs as %s', (type, where, name, version, release) => {
    const pkg = aPackage({ type, namespace: namespace(where), name, version, arch: 'x86_64', source: null })

    expect(ecosystemOf(type).kernelReleases?.(pkg)[0]).toBe(release)
  })
})
