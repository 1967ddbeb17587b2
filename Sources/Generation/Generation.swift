// Generation: see Docs/architecture.md
