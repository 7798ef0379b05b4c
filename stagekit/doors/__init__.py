"""Everything that touches the world: processes, engines, files, networks. Nothing else does."""
