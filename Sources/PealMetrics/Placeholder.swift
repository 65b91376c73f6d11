enum PealMetricsPlaceholder {}
