enum PealGatewayPlaceholder {}
