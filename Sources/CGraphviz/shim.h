// The little of Graphviz's C interface that Swift cannot call as it is: `char *` where nothing is written,
// macros for fields. Only `orrery-draw` imports this. It will not hold logic.
#pragma once
#include <graphviz/gvc.h>

/// Reads one graph; null with the error hook called when the text is not DOT.
static inline Agraph_t *orrery_read(const char *dot) { return agmemread(dot); }

/// Lays a graph out; the graph's own `layout` attribute goes before `engine`. 0 is success.
static inline int orrery_layout(GVC_t *context, Agraph_t *graph, const char *engine) {
  return gvLayout(context, graph, engine);
}

/// Draws a laid-out graph into memory that `gvFreeRenderData` frees. 0 is success.
static inline int orrery_render(
    GVC_t *context, Agraph_t *graph, const char *format, char **data, unsigned int *length) {
  return gvRenderData(context, graph, format, data, length);
}

/// A graph attribute, or null if no graph of the text declares it.
static inline const char *orrery_attribute(Agraph_t *graph, const char *name) {
  return agget(graph, (char *)name);
}

/// Sets the resolution of bitmaps, unless the graph names its own.
static inline void orrery_default_resolution(Agraph_t *graph, const char *dpi) {
  if (!agattr(graph, AGRAPH, (char *)"dpi", 0)) agattr(graph, AGRAPH, (char *)"dpi", (char *)dpi);
}

/// The width in points that Graphviz gave the first node of a laid-out graph; 0 if there is none.
static inline double orrery_first_width(Agraph_t *graph) {
  Agnode_t *node = agfstnode(graph);
  return node ? ND_width(node) * 72.0 : 0;
}
