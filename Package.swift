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
/// cached, so headers that are installed later are not found: the Makefile sets UP_LIBPQ to 1 or 0 in every target.
let hasLibPQ =
    Context.environment["UP_LIBPQ"].map { $0 == "1" }
    ?? [
        "/usr/include/postgresql/libpq-fe.h", "/usr/include/libpq-fe.h",
        "/opt/homebrew/opt/libpq/include/libpq-fe.h",
    ].contains { FileManager.default.fileExists(atPath: $0) }

/// Packages that only other packages import, each with a product that the build compiles in any case. Without a lock file
/// their versions would float, so they are pinned like the direct dependencies. SwiftPM warns of a package that no target
/// uses, so the executable names the products.
let indirect: [(package: String, product: String, version: Version)] = [
    ("swift-algorithms", "Algorithms", "1.2.1"),
    ("swift-async-algorithms", "AsyncAlgorithms", "1.1.4"),
    ("swift-atomics", "Atomics", "1.3.0"),
    ("swift-nio-http2", "NIOHTTP2", "1.46.0"),
    ("swift-nio-transport-services", "NIOTransportServices", "1.28.0"),
    ("swift-numerics", "RealModule", "1.1.1"),
    ("swift-service-context", "ServiceContextModule", "1.5.1"),
]

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
    // Exact versions, because no lock file is committed. CONTRIBUTING.md describes how to raise one.
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-asn1", exact: "1.7.4"),
        .package(url: "https://github.com/apple/swift-certificates", exact: "1.21.1"),
        .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
        .package(url: "https://github.com/apple/swift-configuration", exact: "1.4.0", traits: []),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", exact: "1.7.3"),
        .package(url: "https://github.com/apple/swift-http-structured-headers", exact: "1.7.0"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", exact: "2.1.1"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/vapor/jwt-kit", exact: "5.7.1"),
    ]
        + indirect.map { .package(url: "https://github.com/apple/\($0.package)", exact: $0.version) },
    targets: [
        .systemLibrary(
            name: "CSQLite",
            pkgConfig: "sqlite3",
            providers: [.apt(["libsqlite3-dev"]), .brew(["sqlite"])]
        ),
        .systemLibrary(
            name: "CZlib",
            pkgConfig: "zlib",
            providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]
        ),
        .systemLibrary(
            name: "CLibPQ",
            pkgConfig: "libpq",
            providers: [.apt(["libpq-dev"]), .brew(["libpq"])]
        ),
        .target(
            name: "PharmacyDomain",
            dependencies: [.product(name: "OrderedCollections", package: "swift-collections")],
            swiftSettings: strict
        ),
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
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "PartnerAPI",
            dependencies: [
                "CZlib",
                "PharmacyDomain",
                "PharmacyServices",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "RawStructuredFieldValues", package: "swift-http-structured-headers"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "DeveloperHub",
            dependencies: [
                "PartnerAPI",
                "PharmacyDomain",
                "PharmacyServices",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Mustache", package: "swift-mustache"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            resources: [.copy("Resources")],
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
                .product(name: "NIOCertificateReloading", package: "swift-nio-extras"),
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
            ] + indirect.map { .product(name: $0.product, package: $0.package) },
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
            name: "CommitFloor", dependencies: ["CSQLite", "PharmacyDomain"], path: "Benchmarks/CommitFloor",
            swiftSettings: strict),
        .executableTarget(
            name: "HotPaths",
            dependencies: [
                "PartnerAPI", "PharmacyDomain", "PharmacyServices", "PharmacyTestSupport",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ],
            path: "Benchmarks/HotPaths",
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
            dependencies: [
                "DeveloperHub", "PartnerAPI", "PharmacyDomain", "PharmacyServices", "PharmacyStore",
                "PharmacyTestSupport",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ],
            path: "Benchmarks/ScalingBenchmark",
            swiftSettings: strict
        ),
        .target(
            name: "PharmacyTestSupport",
            dependencies: [
                "CZlib",
                "PartnerAPI",
                "PharmacyDomain",
                "PharmacyServices",
                "PharmacyStore",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "X509", package: "swift-certificates"),
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
            name: "DeveloperHubTests",
            dependencies: [
                "DeveloperHub", "PartnerAPI", "PharmacyDomain", "PharmacyServices", "PharmacyTestSupport",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
            ], swiftSettings: strict),
        .testTarget(
            name: "PharmacyStoreTests", dependencies: ["PharmacyDomain", "PharmacyStore", "PharmacyTestSupport"],
            exclude: ["Migrations/Fixtures"], swiftSettings: strict),
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
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
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
