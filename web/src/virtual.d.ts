declare module 'virtual:functions' {
  const rows: [name: string, syntax: string, summary: string, aliases: string[]][]
  export default rows
}
declare module 'virtual:settings' {
  const rows: [key: string, roles: string, value: string, fallback: string, meaning: string][]
  export default rows
}
