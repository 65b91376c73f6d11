enum PealAuthPlaceholder {}
