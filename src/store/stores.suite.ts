import { describe } from 'vitest'
import type { Database } from './database.ts'
import { keepsTheDatabasePromises } from './database.suite.ts'
import { keepsTheFindingStorePromises } from './finding-store.suite.ts'
import { keepTheHostStorePromises } from './host-store.suite.ts'
import { keepsTheNetworkStorePromises } from './network-store.suite.ts'
import { keepsTheRematchStorePromises } from './rematch-store.suite.ts'
import { keepsTheScanStorePromises } from './scan-store.suite.ts'
import { keepsTheSignalStorePromises } from './signal-store.suite.ts'
import { keepTheSmallStorePromises } from './small-stores.suite.ts'
import { keepsTheWatchedNetworksPromises } from './watched-networks.suite.ts'

/** Every store's suite, on one database. */
export function keepTheStorePromises(database: () => Database): void {
  describe('database', () => {
    keepsTheDatabasePromises(database)
  })
  describe('scan store', () => {
    keepsTheScanStorePromises(database)
  })
  describe('network store', () => {
    keepsTheNetworkStorePromises(database)
  })
  describe('watched networks', () => {
    keepsTheWatchedNetworksPromises(database)
  })
  describe('rematch store', () => {
    keepsTheRematchStorePromises(database)
  })
  describe('finding store', () => {
    keepsTheFindingStorePromises(database)
  })
  describe('signal store', () => {
    keepsTheSignalStorePromises(database)
  })
  describe('host store', () => {
    keepTheHostStorePromises(database)
  })
  describe('small stores', () => {
    keepTheSmallStorePromises(database)
  })
}
