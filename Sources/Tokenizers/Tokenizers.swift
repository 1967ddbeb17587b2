// Tokenizers: see Docs/architecture.md
