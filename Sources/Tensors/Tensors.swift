// Tensors: see Docs/architecture.md
