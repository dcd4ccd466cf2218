// swift-tools-version: 6.2

import Foundation
import PackageDescription

/// Every target of ours is built the same way: Swift 6 mode, explicit existentials, explicit imports, no warnings.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

/// PostgreSQL is on where libpq's headers are, and `swift build --disable-default-traits` leaves it out. Manifests are
/// kept, so that headers that come later are not seen: UP_LIBPQ=1 or 0 says what is there.
let hasLibPQ =
    Context.environment["UP_LIBPQ"].map { $0 == "1" }
    ?? [
        "/usr/include/postgresql/libpq-fe.h", "/usr/include/libpq-fe.h",
        "/opt/homebrew/opt/libpq/include/libpq-fe.h",
    ].contains { FileManager.default.fileExists(atPath: $0) }

let package = Package(
    name: "united-pharmacy",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "united-pharmacy", targets: ["UnitedPharmacy"]),
        .executable(name: "impetus-simulator", targets: ["ImpetusSimulator"]),
    ],
    traits: [
        .default(enabledTraits: hasLibPQ ? ["PostgreSQL"] : []),
        .trait(name: "PostgreSQL", description: "Data in PostgreSQL; needs libpq."),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: []),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.3"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.30.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.36.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: [
        .systemLibrary(
            name: "CSQLite",
            pkgConfig: "sqlite3",
            providers: [.apt(["libsqlite3-dev"]), .brew(["sqlite"])]
        ),
        .systemLibrary(
            name: "CLibPQ",
            pkgConfig: "libpq",
            providers: [.apt(["libpq-dev"]), .brew(["libpq"])]
        ),
        .target(name: "PharmacyDomain", swiftSettings: strict),
        .target(
            name: "PharmacyStore",
            dependencies: [
                .target(name: "CLibPQ", condition: .when(traits: ["PostgreSQL"])),
                "CSQLite",
                "PharmacyDomain",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "PharmacyServices",
            dependencies: [
                "PharmacyDomain",
                "PharmacyStore",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "PartnerAPI",
            dependencies: [
                "PharmacyDomain",
                "PharmacyServices",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "DeveloperHub",
            dependencies: [
                "PartnerAPI",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Mustache", package: "swift-mustache"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "UnitedPharmacy",
            dependencies: [
                "DeveloperHub",
                "PartnerAPI",
                "PharmacyDomain",
                "PharmacyServices",
                "PharmacyStore",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdHTTP2", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "ImpetusSimulator",
            dependencies: [
                "PharmacyDomain",
                "PharmacyServices",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "ReferenceServer",
            dependencies: [.product(name: "Hummingbird", package: "hummingbird")],
            path: "Benchmarks/ReferenceServer",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "WebhookReceiverExample",
            dependencies: [
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
            ],
            path: "Examples/swift",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "WebhookBenchmark",
            dependencies: [
                "PharmacyDomain",
                "PharmacyServices",
                "PharmacyStore",
                "PharmacyTestSupport",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            path: "Benchmarks/WebhookBenchmark",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "ScalingBenchmark",
            dependencies: ["PharmacyDomain", "PharmacyServices", "PharmacyStore", "PharmacyTestSupport"],
            path: "Benchmarks/ScalingBenchmark",
            swiftSettings: strict
        ),
        .target(
            name: "PharmacyTestSupport",
            dependencies: [
                "PharmacyDomain",
                "PharmacyServices",
                "PharmacyStore",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "PharmacyDomainTests", dependencies: ["PharmacyDomain", "PharmacyTestSupport"], swiftSettings: strict),
        .testTarget(
            name: "PartnerAPITests",
            dependencies: [
                "PartnerAPI",
                "PharmacyDomain",
                "PharmacyServices",
                "PharmacyTestSupport",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "DeveloperHubTests", dependencies: ["DeveloperHub"], swiftSettings: strict),
        .testTarget(
            name: "PharmacyStoreTests", dependencies: ["PharmacyDomain", "PharmacyStore", "PharmacyTestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "PharmacyServicesTests",
            dependencies: [
                "PharmacyDomain", "PharmacyServices", "PharmacyStore", "PharmacyTestSupport",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ], swiftSettings: strict),
        .testTarget(
            name: "UnitedPharmacyTests",
            dependencies: [
                "ImpetusSimulator",
                "PartnerAPI",
                "PharmacyDomain",
                "PharmacyServices",
                "PharmacyStore",
                "PharmacyTestSupport",
                "UnitedPharmacy",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict
        ),
    ],
    swiftLanguageModes: [.v6]
)
