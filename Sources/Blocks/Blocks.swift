// Blocks: see Docs/architecture.md
