// Documents: see Docs/architecture.md
