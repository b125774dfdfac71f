declare module '*.csv?table' {
  /** Rows of a table of `seeds/`: column name to text. */
  const rows: Readonly<Record<string, string>>[];
  export default rows;
}
