enum PealPipelinePlaceholder {}
