// swift-tools-version: 6.2
// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

// No Package.resolved is committed, so this list is the pin: exact versions, transitive ones included
// (a transitive pin is attached to the target whose dependency brings it in, or SwiftPM calls it unused).
let dependencies: [Package.Dependency] = [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-asn1", exact: "1.7.4"),
    .package(url: "https://github.com/apple/swift-atomics", exact: "1.3.0"),
    .package(url: "https://github.com/apple/swift-certificates", exact: "1.21.1"),
    .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
    .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
    .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2", traits: []),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    // What drivers and renderers write is read back by parsers that had no part in it.
    .package(url: "https://github.com/LebJe/TOMLKit", exact: "0.6.0"),
]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let tomlKit = Target.Dependency.product(name: "TOMLKit", package: "TOMLKit")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOHTTP1", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
    // Transitive pins of swift-nio.
    .product(name: "Atomics", package: "swift-atomics"),
    .product(name: "DequeModule", package: "swift-collections"),
]

/// What opens tunnels: without the trait the bundle is built without any cryptography, and refuses to open TLS.
let cryptography: [Target.Dependency] = [
    .product(name: "Crypto", package: "swift-crypto", condition: .when(traits: ["TLS"])),
    .product(name: "NIOSSL", package: "swift-nio-ssl", condition: .when(traits: ["TLS"])),
    .product(name: "NIOTLS", package: "swift-nio", condition: .when(traits: ["TLS"])),
    .product(name: "SwiftASN1", package: "swift-asn1", condition: .when(traits: ["TLS"])),
    .product(name: "X509", package: "swift-certificates", condition: .when(traits: ["TLS"])),
]

/// TLS without sockets and without certificates of its own: small enough to be carried into a guest.
let secureSockets: [Target.Dependency] = [
    .product(name: "NIOEmbedded", package: "swift-nio"),
    .product(name: "NIOSSL", package: "swift-nio-ssl", condition: .when(traits: ["TLS"])),
    .product(name: "NIOTLS", package: "swift-nio", condition: .when(traits: ["TLS"])),
]

/// A guest-side helper: one static executable that needs no library, no /proc and no Swift runtime in the guest.
func embedded(_ name: String) -> Target {
    .executableTarget(
        name: name,
        dependencies: ["CBottleShims"],
        swiftSettings: [
            .enableExperimentalFeature("Embedded"),
            .unsafeFlags(["-wmo", "-Osize"]),
        ],
        linkerSettings: [
            .linkedLibrary("m"),
            .unsafeFlags([
                "-Xclang-linker", "-static", "-Xclang-linker", "-Wno-unused-command-line-argument", "-Xlinker", "-s",
            ]),
        ]
    )
}

/// The static executables that exist on Linux only: they are what runs inside a bottle.
let helpers: [Target] = {
    #if os(Linux)
        [
            embedded("bottle-probe"),
            embedded("bottle-launcher"),
            .executableTarget(
                name: "bottle-tls",
                dependencies: ["BottleTLS"],
                swiftSettings: [.unsafeFlags(["-static-executable"])],
                linkerSettings: [
                    .unsafeFlags(["-static-executable", "-use-ld=lld", "-Xlinker", "-s", "-Xlinker", "--gc-sections"]),
                    .linkedLibrary("swiftSynchronization"),
                ]
            ),
            .executableTarget(
                name: "bottle-bundle",
                dependencies: ["BottleCore", "BottleSidecars"],
                swiftSettings: [.unsafeFlags(["-static-executable"])],
                linkerSettings: [
                    // lld: the default linker warns of resolver calls that SwiftNIO has and the bundle never makes.
                    .unsafeFlags(["-static-executable", "-use-ld=lld", "-Xlinker", "-s"]),
                    // Modules built for dynamic linking do not name the libraries below their own.
                    .linkedLibrary("swiftSynchronization"),
                    .linkedLibrary("FoundationEssentials"),
                    .linkedLibrary("_FoundationCollections"),
                    .linkedLibrary("_FoundationCShims"),
                ]
            ),
        ]
    #else
        []
    #endif
}()

let sources: [Target] = [
    // Optimized in a debug build as well: the digest of an image is that of tens of megabytes.
    .target(name: "CBottleShims", cSettings: [.unsafeFlags(["-O2"])]),
    .target(name: "BottleCore"),
    .target(name: "BottleRender", dependencies: ["BottleCore"]),
    .target(name: "BottleSystem", dependencies: ["BottleCore", "CBottleShims", subprocess, systemPackage]),
    .target(name: "BottleManifest", dependencies: ["BottleCore", systemPackage, yams]),
    .target(name: "BottleDriver", dependencies: ["BottleCore"]),
    .target(name: "BottleSidecars", dependencies: ["BottleCore", "CBottleShims"] + nio + cryptography),
    .target(name: "BottleTLS", dependencies: nio + secureSockets),
    .target(
        name: "BottleBackends",
        dependencies: [
            "BottleCore", "BottleDriver", "BottleRender", "BottleSidecars", "BottleSystem", "CBottleShims",
            systemPackage,
        ] + nio
    ),
    .target(name: "BottleLab", dependencies: ["BottleCore", "BottleSystem"]),
    .target(
        name: "ConformanceCommands",
        dependencies: [
            "BottleBackends", "BottleCore", "BottleDriver", "BottleLab", "BottleManifest", "BottleRender",
            "BottleSystem",
            "ConformanceCanaries", "ConformanceChecks", "ConformanceEngine", "ConformanceMutants",
            "ConformanceReports", "ConformanceTrials", argumentParser,
        ]
    ),
    .executableTarget(
        name: "bottle-conformance",
        dependencies: ["ConformanceCommands"] + helpers.map { .target(name: $0.name) }
    ),
]

let conformance: [Target] = [
    .target(
        name: "ConformanceEngine", dependencies: ["BottleCore", "BottleDriver", "CBottleShims"],
        path: "Conformance/Engine"),
    .target(
        name: "ConformanceFormats", dependencies: ["BottleCore", "ConformanceEngine", tomlKit, yams],
        path: "Conformance/Formats"),
    .target(
        name: "ConformanceChecks",
        dependencies: ["BottleCore", "BottleDriver", "ConformanceEngine", "ConformanceFormats"],
        path: "Conformance/Checks"),
    .target(
        name: "ConformanceMutants",
        dependencies: ["BottleBackends", "BottleCore", "BottleDriver", "ConformanceEngine"],
        path: "Conformance/Mutants"
    ),
    .target(
        name: "ConformanceReports", dependencies: ["BottleCore", "BottleDriver", "ConformanceEngine"],
        path: "Conformance/Reports"),
    .target(
        name: "ConformanceCanaries",
        dependencies: [
            "BottleBackends", "BottleCore", "BottleSidecars", "BottleSystem", "BottleTLS", "ConformanceEngine",
            "CBottleShims", systemPackage,
        ] + secureSockets,
        path: "Conformance/Canaries"
    ),
    .target(
        name: "ConformanceTrials",
        dependencies: ["BottleBackends", "BottleCore", "BottleDriver", "BottleSystem", "ConformanceEngine"],
        path: "Conformance/Trials"
    ),
]

/// One test target a module; those that start helpers find them beside the test binary.
let tests: [Target] = [
    .testTarget(name: "BottleCoreTests", dependencies: ["BottleCore", "BottleManifest", "BottleRender", yams]),
    .testTarget(
        name: "BottleRenderTests",
        dependencies: [
            "BottleBackends", "BottleCore", "BottleDriver", "BottleRender", subprocess, systemPackage, tomlKit, yams,
        ]),
    .testTarget(name: "BottleSystemTests", dependencies: ["BottleCore", "BottleSystem", "CBottleShims"]),
    .testTarget(
        name: "BottleSidecarsTests",
        dependencies: ["BottleCore", "BottleSidecars", .product(name: "NIOEmbedded", package: "swift-nio")] + nio
            + cryptography),
    .testTarget(name: "BottleLabTests", dependencies: ["BottleCore", "BottleLab", "BottleSystem"]),
    .testTarget(
        name: "BottleBackendsTests",
        dependencies: ["BottleBackends", "BottleCore", "BottleDriver", "BottleSystem", "CBottleShims"] + nio
    ),
    .testTarget(name: "ConformanceEngineTests", dependencies: ["BottleCore", "BottleDriver", "ConformanceEngine"]),
    .testTarget(
        name: "ConformanceChecksTests",
        dependencies: [
            "BottleBackends", "BottleCore", "BottleDriver", "BottleManifest", "ConformanceChecks", "ConformanceEngine",
            "ConformanceFormats", "ConformanceMutants",
        ]
    ),
    .testTarget(
        name: "ConformanceFormatsTests", dependencies: ["BottleCore", "ConformanceEngine", "ConformanceFormats"]),
    .testTarget(
        name: "ConformanceReportsTests",
        dependencies: ["BottleCore", "BottleDriver", "ConformanceEngine", "ConformanceReports"]),
    .testTarget(
        name: "ConformanceCanariesTests",
        dependencies: [
            "BottleBackends", "BottleCore", "BottleDriver", "BottleSystem", "BottleTLS", "ConformanceCanaries",
            "ConformanceEngine", systemPackage,
        ]
    ),
    .testTarget(
        name: "ConformanceTrialsTests",
        dependencies: ["BottleBackends", "BottleCore", "BottleDriver", "ConformanceEngine", "ConformanceTrials"]
    ),
    .testTarget(name: "ProbeTests", dependencies: ["BottleDriver", "CBottleShims", "ConformanceEngine"]),
    .testTarget(
        name: "EndToEndTests",
        dependencies: ["BottleCore", "ConformanceCommands", "ConformanceEngine", "ConformanceMutants"]),
]

let package = Package(
    name: "bottle-conformance",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "bottle-conformance", targets: ["bottle-conformance"])
    ],
    traits: [
        .trait(name: "TLS", description: "The reference bundle opens TLS: pipelock, egress and their CAs."),
        .default(enabledTraits: ["TLS"]),
    ],
    dependencies: dependencies,
    targets: sources + conformance + helpers + tests,
    swiftLanguageModes: [.v6]
)

for target in package.targets where target.type != .system && target.name != "CBottleShims" {
    target.swiftSettings =
        (target.swiftSettings ?? []) + [
            .enableUpcomingFeature("ExistentialAny"),
            .enableUpcomingFeature("InferIsolatedConformances"),
            .enableUpcomingFeature("InternalImportsByDefault"),
            .enableUpcomingFeature("MemberImportVisibility"),
            .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
            .treatAllWarnings(as: .error),
        ]
}
