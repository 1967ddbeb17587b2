// Diagrams: see Docs/architecture.md
