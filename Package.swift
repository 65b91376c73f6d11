// swift-tools-version: 6.3

import PackageDescription

// Who may import whom is drawn in docs/modules.md and checked by scripts/soundness.sh.

let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
    .product(name: "NIOHTTP1", package: "swift-nio"),
]
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")

let package = Package(
    name: "Peal",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "peal", targets: ["peal"])
    ],
    traits: [
        // Drivers that need a system library; the package builds without them.
        .trait(name: "PostgreSQL", description: "The store on PostgreSQL, through libpq."),
        .default(enabledTraits: ["PostgreSQL"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: ["YAML", "JSON"]),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Conformance tests only: not a product.
        .executableTarget(
            name: "peal-echo",
            dependencies: [
                "PealCore", "PealAuth", "PealGateway", hummingbirdCore, httpTypes, logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ] + nio
        ),
        // Counted by scripts/instructions: not a product.
        .executableTarget(
            name: "peal-instructions", dependencies: ["PealGateway"], path: "Benchmarks/instructions",
            exclude: ["expected.json"]
        ),
        .executableTarget(
            name: "peal",
            dependencies: [
                "PealCore", "PealAuth", "PealPipeline", "PealServer", crypto,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Histogram", package: "hdrhistogram-swift"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ] + nio
        ),
        .target(
            name: "PealServer",
            dependencies: [
                "PealCore", "PealGateway", "PealAPI", "PealPipeline", "PealRedis", "PealSQLite", "PealWebhook",
                "PealAuth", "PealMetrics",
                .target(name: "PealPostgres", condition: .when(traits: ["PostgreSQL"])),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                hummingbird, hummingbirdCore, httpTypes, lifecycle, signals, logging, metrics, crypto,
            ] + nio
        ),
        .target(
            name: "PealGateway",
            dependencies: [
                "PealCore", "PealAuth", "CZlib", .target(name: "CEpoll", condition: .when(platforms: [.linux])),
                .product(name: "BasicContainers", package: "swift-collections"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HeapModule", package: "swift-collections"),
                .product(name: "NIOExtras", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP2", package: "swift-nio-extras"),
                .product(name: "NIOHTTP2", package: "swift-nio-http2"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOTLS", package: "swift-nio"),
                hummingbirdCore, httpTypes, lifecycle, logging, metrics, crypto,
            ] + nio
        ),
        .target(name: "CEpoll"),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(
            name: "PealAPI",
            dependencies: ["PealCore", "PealAuth", "PealPipeline", hummingbird, httpTypes, logging, metrics] + nio,
            exclude: ["Pages", "Specification"],
            plugins: ["EmbedPages"]
        ),
        .plugin(name: "EmbedPages", capability: .buildTool()),
        .target(
            name: "PealPipeline",
            dependencies: ["PealCore", logging, metrics, crypto]
        ),
        .target(name: "PealSQL", dependencies: ["PealCore", metrics, crypto]),
        .target(
            name: "PealSQLite",
            dependencies: ["PealCore", "PealSQL", logging, metrics, .product(name: "GRDB", package: "GRDB.swift")]
        ),
        .target(
            name: "PealPostgres",
            dependencies: [
                "PealCore", "PealSQL", .target(name: "CLibPQ", condition: .when(traits: ["PostgreSQL"])), logging,
                metrics,
            ]
        ),
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .target(
            name: "PealWebhook",
            dependencies: [
                "PealCore", crypto, .product(name: "AsyncHTTPClient", package: "async-http-client"),
            ] + nio
        ),
        .target(
            name: "PealAuth",
            dependencies: ["PealCore", crypto, .product(name: "CryptoExtras", package: "swift-crypto")]
        ),
        .target(
            name: "PealRedis",
            dependencies: [
                "PealCore",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"), logging,
            ] + nio
        ),
        .target(name: "PealMetrics", dependencies: [metrics]),
        .target(
            name: "PealCore",
            dependencies: [.product(name: "DequeModule", package: "swift-collections")]
        ),
        .testTarget(name: "PealCoreTests", dependencies: ["PealCore"]),
        .testTarget(name: "PealMetricsTests", dependencies: ["PealMetrics", metrics]),
        .testTarget(
            name: "PealAuthTests",
            dependencies: ["PealAuth", crypto, .product(name: "CryptoExtras", package: "swift-crypto")]
        ),
        .testTarget(
            name: "PealRedisTests",
            dependencies: ["PealRedis", .product(name: "NIOEmbedded", package: "swift-nio")] + nio
        ),
        .testTarget(name: "PealWebhookTests", dependencies: ["PealWebhook"] + nio),
        .testTarget(
            name: "PealPipelineTests",
            dependencies: ["PealPipeline", .product(name: "Mustache", package: "swift-mustache")]
        ),
        .testTarget(
            name: "PealGatewayTests",
            dependencies: [
                "PealGateway", "PealMetrics", metrics, .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHPACK", package: "swift-nio-http2"),
                .product(name: "NIOHTTP2", package: "swift-nio-http2"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ] + nio
        ),
        .testTarget(
            name: "PealAPITests",
            dependencies: [
                "PealAPI", .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ]
        ),
        .testTarget(name: "PealServerTests", dependencies: ["PealServer", "PealGateway"]),
        .testTarget(name: "pealTests", dependencies: ["peal", "PealCore"] + nio),
        .testTarget(
            name: "ConformanceTests",
            dependencies: [
                "PealCore", "PealSQL", "PealSQLite",
                .target(name: "PealPostgres", condition: .when(traits: ["PostgreSQL"])), "PealPipeline",
            ]
        ),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "PealCore", "peal", crypto, .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
            ] + nio
        ),
    ]
)

for target in package.targets where ![.plugin, .system].contains(target.type) {
    target.swiftSettings = [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .enableUpcomingFeature("InferIsolatedConformances"),
        .treatAllWarnings(as: .error),
    ]
}
