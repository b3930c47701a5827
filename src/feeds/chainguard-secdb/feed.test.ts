import { ECOSYSTEMS, ecosystemOf } from '../../ecosystems/index.ts'
import { obeysTheRollingSecdb } from '../rolling-secdb.suite.ts'
import { chainguardSecdbFeed } from './feed.ts'

const apk = ECOSYSTEMS.find(ecosystem => ecosystem.scheme.id === 'apk') ?? ecosystemOf('deb')

obeysTheRollingSecdb(chainguardSecdbFeed(apk), { path: 'security.json', namespace: 'chainguard', prefix: 'CHAINGUARD' })
