/** What deletions may be told. */
export interface DeleteOptions {
  /** Whether what stands in the way goes too; default false: it is named and nothing happens. */
  cascade?: boolean;
}
