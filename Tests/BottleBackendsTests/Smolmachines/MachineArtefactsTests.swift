// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleSystem
import Foundation
import Synchronization
import Testing

@testable import BottleBackends

/// The cache of artefacts, over programs that play engine and smolvm.
@Suite(.timeLimit(.minutes(2)))
struct MachineArtefactsTests {
    private struct Stopped: Error {}

    /// A cache of its own with an image on the engine.
    private struct Scene {
        let place: URL
        let image: ImageDigest
        let paths: BottlePaths
        let artefacts: MachineArtefacts
        let steps = Mutexed<[String]>([])

        /// Gives what was asked of the programs so far.
        var calls: [String] {
            ((try? String(contentsOf: place.appending(path: "calls"), encoding: .utf8)) ?? "")
                .split(whereSeparator: \.isNewline).map(String.init)
        }
        /// What is in the cache but for locks.
        var files: [String] { HostFiles.names(in: paths.smolmachines).filter { !$0.hasSuffix(".lock") } }

        func convert(
            _ faults: Set<Fault> = [], called reference: String = "a:1",
            at step: String? = nil, _ act: () async throws -> Void = { throw Stopped() }
        ) async throws -> String {
            try await artefacts.artefact(of: image, flaws: ConversionFlaws(faults: faults, reference: reference)) {
                steps.append($0)
                if $0 == step { try await act() }
            }
        }
    }

    /// A list that several tasks add to.
    private final class Mutexed<Value: Sendable>: Sendable {
        private let value: Mutex<Value>
        init(_ value: Value) { self.value = Mutex(value) }
        var all: Value { value.withLock { $0 } }
        func append<Element: Sendable>(_ element: Element) where Value == [Element] {
            value.withLock { $0.append(element) }
        }
    }

    /// - Parameter pack: What smolvm does after it has taken `$image` and `$output` from its arguments.
    private func scene(
        save: String = "cp \"$here/image.tar\" \"$3\"", pack: String = "cp \"$image\" \"$output.smolmachine\"",
        _ body: (Scene) async throws -> Void
    ) async throws {
        let place = FileManager.default.temporaryDirectory.appending(path: "artefacts-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: place) }
        let fixture = ImageFixture()
        try Data(try ImageFixture.archive(try fixture.files)).write(to: place.appending(path: "image.tar"))
        let head = "#!/bin/sh\nhere='\(place.path)'\n"
        let programs = [
            "engine": "echo \"$1\" >>\"$here/calls\"\n\(save)",
            "smolvm": """
            echo pack >>"$here/calls"
            while [ $# -gt 0 ]; do
                case $1 in
                --image) image=$2 ;;
                -o) output=$2 ;;
                esac
                shift
            done
            \(pack)
            """,
        ]
        for (name, text) in programs {
            let program = place.appending(path: name)
            try Data((head + text + "\n").utf8).write(to: program)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program.path)
        }
        let paths = BottlePaths(cache: place.appending(path: "cache").path, state: place.appending(path: "state").path)
        let environment = ["PATH": "\(place.path):/usr/bin:/bin"]
        try await body(
            Scene(
                place: place, image: try fixture.image, paths: paths,
                artefacts: MachineArtefacts(
                    paths: paths,
                    engine: try EngineClient(engine: place.appending(path: "engine").path, environment: environment),
                    smolvm: try SmolvmClient(environment: environment))))
    }

    @Test func anImageIsConvertedOnceAndKeptByItsDigest() async throws {
        try await scene { scene in
            let path = try await scene.convert()
            #expect(path == "\(scene.paths.smolmachines)/\(scene.image.short).smolmachine")
            #expect(scene.steps.all == ["save", "convert", "keep"] && scene.calls == ["save", "pack"])
            #expect(scene.files == ["\(scene.image.short).json", "\(scene.image.short).smolmachine"])
            #expect(try await scene.convert(called: "b:2") == path)
            #expect(scene.steps.all.count == 3 && scene.calls.count == 2)
            #expect(scene.artefacts.has(scene.image))
        }
    }

    @Test func twoAtOnceConvertItOnce() async throws {
        try await scene(pack: "sleep 0.3; cp \"$image\" \"$output.smolmachine\"") { scene in
            async let one = scene.convert()
            async let other = scene.convert()
            let paths = try await [one, other]
            #expect(paths[0] == paths[1])
            #expect(scene.steps.all == ["save", "convert", "keep"] && scene.calls == ["save", "pack"])
        }
    }

    @Test(arguments: ["save", "convert", "keep"])
    func aStepThatFailsLeavesNothing(step: String) async throws {
        try await scene { scene in
            await #expect(throws: Stopped.self) { try await scene.convert(at: step) }
            #expect(scene.files.isEmpty && !scene.artefacts.has(scene.image))
            _ = try await scene.convert()
            #expect(scene.files.count == 2)
        }
    }

    @Test(arguments: ["exit 3", "echo half >\"$3\"; exit 1", "echo half >\"${3%/*}/.docker_temp_1\"; kill -9 $$"])
    func aSaveThatFailsLeavesNothing(save: String) async throws {
        try await scene(save: save) { scene in
            await #expect(throws: BottleError.self) { try await scene.convert() }
            #expect(scene.files.isEmpty && scene.calls == ["save"])
        }
    }

    @Test(arguments: [
        "exit 3", "echo half >\"$output.smolmachine\"; exit 1", "echo half >\"$output.smolmachine\"; kill -9 $$", ":",
        ": >\"$output.smolmachine\"",
    ])
    func aConversionThatFailsLeavesNothing(pack: String) async throws {
        try await scene(pack: pack) { scene in
            await #expect(throws: BottleError.self) { try await scene.convert() }
            #expect(scene.files.isEmpty && scene.calls == ["save", "pack"])
        }
    }

    @Test func anInterruptedConversionEndsAndLeavesNothing() async throws {
        try await scene(pack: "echo half >\"$output.smolmachine\"; : >\"$here/busy\"; sleep 100") { scene in
            let before = Self.homes
            let conversion = Task { try await scene.convert() }
            while !FileManager.default.fileExists(atPath: scene.place.appending(path: "busy").path) {
                try await Task.sleep(for: .milliseconds(5))
            }
            #expect(scene.files == ["\(scene.image.short).draft", "\(scene.image.short).image.tar"])
            // Other tests may have some of their own among them, and take them away as soon as this one has to.
            let own = Self.homes.subtracting(before)
            #expect(!own.isEmpty)
            conversion.cancel()
            await #expect(throws: (any Error).self) { try await conversion.value }
            #expect(scene.files.isEmpty)
            while !Self.homes.isDisjoint(with: own) { try await Task.sleep(for: .milliseconds(20)) }
        }
    }

    /// What this user's processes have made for smolvm.
    private static var homes: Set<String> {
        let base = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/var/tmp"
        return Set(HostFiles.names(in: base).filter { $0.hasPrefix("bottle-smolvm-") })
    }

    @Test func whatADeathLeftIsNotUsed() async throws {
        try await scene { scene in
            try FileManager.default.createDirectory(
                atPath: "\(scene.paths.smolmachines)/\(scene.image.short).draft", withIntermediateDirectories: true)
            for name in ["\(scene.image.short).smolmachine", "\(scene.image.short).image.tar"] {
                try Data("half".utf8).write(to: URL(filePath: "\(scene.paths.smolmachines)/\(name)"))
            }
            #expect(!scene.artefacts.has(scene.image))
            let path = try await scene.convert()
            #expect(scene.calls == ["save", "pack"] && scene.files.count == 2)
            #expect(try Data(contentsOf: URL(filePath: path)).count > 4)
        }
    }

    @Test func whatADeathLeftOfAnotherImageGoesAndWhatIsBeingConvertedStays() async throws {
        try await scene { scene in
            try StateDirectory.make(scene.paths.smolmachines)
            let (dead, alive) = ("1111111111111111", "2222222222222222")
            for key in [dead, alive] {
                try Data().write(to: URL(filePath: "\(scene.paths.smolmachines)/\(key).image.tar"))
                try StateDirectory.makeNew("\(scene.paths.smolmachines)/\(key).draft")
            }
            let guardian = try await FileLock.take(
                "\(scene.paths.smolmachines)/\(alive).lock", patience: .zero, while: "testing")
            defer { guardian.release() }
            _ = try await scene.convert()
            #expect(scene.files.filter { $0.hasPrefix("1111") }.isEmpty)
            #expect(scene.files.filter { $0.hasPrefix("2222") } == ["\(alive).draft", "\(alive).image.tar"])
        }
    }

    @Test func anEntryIsUsedWhileItIsWhatItWas() async throws {
        try await scene { scene in
            let path = try await scene.convert()
            // A copy of the cache, as the one of a CI service: the same, somewhere else and later.
            let bytes = try Data(contentsOf: URL(filePath: path))
            try FileManager.default.removeItem(atPath: path)
            try bytes.write(to: URL(filePath: path))
            #expect(!scene.artefacts.has(scene.image), "nobody has looked into it yet")
            _ = try await scene.convert()
            #expect(scene.calls.count == 2 && scene.artefacts.has(scene.image))
            // As long as before, and another.
            var changed = bytes
            changed[changed.count / 2] ^= 1
            try changed.write(to: URL(filePath: path))
            _ = try await scene.convert()
            #expect(scene.calls.count == 4)
            #expect(try Data(contentsOf: URL(filePath: path)) == bytes)
            try bytes.prefix(bytes.count / 2).write(to: URL(filePath: path))
            _ = try await scene.convert()
            #expect(scene.calls.count == 6)
            try FileManager.default.removeItem(atPath: "\(scene.paths.smolmachines)/\(scene.image.short).json")
            _ = try await scene.convert()
            #expect(scene.calls.count == 8)
        }
    }

    @Test func anArchiveThatWasChangedIsNotConverted() async throws {
        try await scene { scene in
            let tar = scene.paths.imageTar(of: scene.image)
            let error = await #expect(throws: BottleError.self) {
                try await scene.convert(at: "convert") {
                    var bytes = try Data(contentsOf: URL(filePath: tar))
                    let place = try #require(bytes.firstRange(of: Data("a layer".utf8))).lowerBound
                    bytes[place] ^= 1
                    try bytes.write(to: URL(filePath: tar))
                }
            }
            #expect(error.map { "\($0)" }?.contains("another than the image's") == true, "\(String(describing: error))")
            #expect(scene.calls == ["save"] && scene.files.isEmpty)
        }
    }

    @Test func anArchiveThatChangesMeanwhileIsConvertedForNothing() async throws {
        try await scene(pack: "cp \"$image\" \"$output.smolmachine\"; echo more >>\"$image\"") { scene in
            let error = await #expect(throws: BottleError.self) { try await scene.convert() }
            #expect(error.map { "\($0)" }?.contains("changed while it was converted") == true)
            #expect(scene.files.isEmpty)
        }
    }

    // MARK: - Broken on purpose

    @Test func aCacheByNameHasOneImageForAnother() async throws {
        try await scene { scene in
            let one = try await scene.convert([.tagkey], called: "a:1")
            #expect(one != scene.paths.artefact(of: scene.image))
            #expect(try await scene.convert([.tagkey], called: "a:1") == one)
            #expect(try await scene.convert([.tagkey], called: "b:1") != one)
        }
    }

    @Test func aPartialEntryIsUsedByWhoeverLooksAtItsNameOnly() async throws {
        try await scene { scene in
            try StateDirectory.make(scene.paths.smolmachines)
            let path = scene.paths.artefact(of: scene.image)
            try Data("half".utf8).write(to: URL(filePath: path))
            #expect(try await scene.convert([.partial]) == path)
            #expect(scene.calls.isEmpty)
        }
    }

    @Test func anArchiveStaysWhereNobodyTakesItAway() async throws {
        try await scene { scene in
            await #expect(throws: Stopped.self) { try await scene.convert([.savefail], at: "convert") }
            #expect(scene.files == ["\(scene.image.short).image.tar"])
        }
    }

    @Test func whoeverDoesNotCompareTakesAnyImage() async throws {
        try await scene { scene in
            let path = try await scene.convert([.tagswap], at: "convert") {
                try Data("any".utf8).write(to: URL(filePath: scene.paths.imageTar(of: scene.image)))
            }
            #expect(try Data(contentsOf: URL(filePath: path)) == Data("any".utf8))
        }
    }

    @Test func aPortOnEveryAddressIsOpenWhileAnImageIsConverted() async throws {
        let script = "cat /proc/net/tcp >\"$output.smolmachine\""
        try await scene(pack: script) { scene in
            let whole = try String(contentsOfFile: try await scene.convert(), encoding: .utf8)
            try FileManager.default.removeItem(atPath: scene.paths.artefact(of: scene.image))
            let broken = try String(contentsOfFile: try await scene.convert([.registry0000]), encoding: .utf8)
            let open = { (text: String) in
                Set(SocketTable.listeners("tcp", text).filter { $0.hasPrefix("tcp 0.0.0.0:") })
            }
            #expect(!open(broken).subtracting(open(whole)).isEmpty)
        }
    }
}
