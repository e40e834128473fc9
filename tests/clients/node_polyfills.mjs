// What the package needs of Node 22 and Debian's Node 18 or Node 20 lack. Import this before the package.
import module from 'node:module'

Promise.withResolvers ??= function () {
  let resolve, reject
  const promise = new Promise((a, b) => { resolve = a; reject = b })
  return { promise, resolve, reject }
}

// Module hooks run on a thread of their own and cannot refer to this file.
const hooks = `
const sea = 'data:text/javascript,' + encodeURIComponent(
  'export const isSea = () => false; const none = () => { throw new Error("not a single executable") };' +
  'export { none as getAsset, none as getRawAsset, none as getAssetAsBlob }; export default { isSea, getAsset: none }')
export const resolve = (specifier, context, next) =>
  specifier === 'node:sea' ? { url: sea, shortCircuit: true } : next(specifier, context)`
if (!module.isBuiltin('node:sea')) module.register('data:text/javascript,' + encodeURIComponent(hooks))
