"""The graph view: a scene made from a graph off the window's thread, and the canvas that paints it.

`scene`, `tiles`, `mosaic`, `grid`, `labels`, `routes` and `view` know no widgets; `painting*`,
`overlays` and `minimap` draw; `gestures`, `walking` and `canvas` listen.
"""
