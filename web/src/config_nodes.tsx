// One line of cluster.nodes: host:port:alias,mode[,computeGroup[,zone]].
export interface NodeLine { host: string, port: string, alias: string, mode: string, group: string, zone: string, text?: string }
export const modes = ['datanode', 'computenode', 'agent']

/** `text` is kept for a line that is no node: the head of the file. */
export function parse_node(text: string): NodeLine {
  const [site, mode, group, zone] = text.trim().split(',').map(part => part.trim())
  const parts = (site ?? '').split(':')
  if (/^(#|\/\/)/.test(text.trim()) || parts.length !== 3) return { host: '', port: '', alias: '', mode: '', group: '', zone: '', text }
  return { host: parts[0], port: parts[1], alias: parts[2], mode: mode ?? '', group: group ?? '', zone: zone ?? '' }
}

export function text_of_node(node: NodeLine): string {
  const rest = node.zone ? `,${node.group},${node.zone}` : node.group ? `,${node.group}` : ''
  return node.text ?? `${node.host}:${node.port}:${node.alias},${node.mode}${rest}`
}

/** What is wrong with a field, in words for the dictionary; `others` are the other nodes. */
export function node_problems(node: NodeLine, others: NodeLine[]): Partial<Record<keyof NodeLine, string>> {
  const found: Partial<Record<keyof NodeLine, string>> = {}
  if (!node.host || /[\s,:]/.test(node.host)) found.host = 'A host name or an IP address'
  if (!/^\d+$/.test(node.port) || Number(node.port) < 1 || Number(node.port) > 65535) found.port = 'A number between 1 and 65535'
  else if (others.some(other => other.host === node.host && other.port === node.port)) found.port = 'Another node has this host and port'
  if (!/^[A-Za-z][\w-]*$/.test(node.alias)) found.alias = 'Letters, digits, _ and -, a letter first'
  else if (others.some(other => other.alias === node.alias)) found.alias = 'Another node has this alias'
  return found
}
