"""The comparison benchmark. Start with `main`; each group of measurements is a module in `GROUPS` there."""
