// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver
import ConformanceEngine
import Foundation
import Synchronization
import Testing

@testable import ConformanceTrials

/// The trial of conversions, over a driver whose artefacts are copies.
@Suite(.timeLimit(.minutes(2)))
struct ConversionSceneTests {
    private typealias How = ConversionOutcome.Attempt.How

    private func play(
        _ flaws: Set<ConvertingDriver.Flaw> = [], images: FakeImages = FakeImages(), isBlind: Bool = false,
        only conversions: Set<How>? = nil
    ) async throws -> HostTrialOutcome {
        let locks = ConvertingDriver.Turns()
        let root = Mutex("")
        let ground = HostGround(
            obstacles: FakeObstacles(), inventory: FakeHoldings(images: images, isBlind: isBlind), images: images,
            settling: .milliseconds(300), conversions: conversions
        ) { environment in
            root.withLock { $0 = environment.stateRoot }
            return ConvertingDriver(environment, images: images, flaws: flaws, locks: locks)
        }
        let outcome = try #require(await ground.run([.conversion]).first)
        #expect(images.references.isEmpty, "the trial left its images")
        #expect(!FileManager.default.fileExists(atPath: root.withLock { $0 }), "the trial left its directory")
        return outcome
    }

    /// Other tests of this process listen as they please.
    private func containers(_ strangers: [String]) -> [String] { strangers.filter { !$0.hasPrefix("tcp ") } }

    @Test func everyAttemptIsMadeAndSeen() async throws {
        let outcome = try await play()
        let conversion = try #require(outcome.conversion, "\(outcome)")
        let (first, second) = (try #require(conversion.first), try #require(conversion.second))
        #expect(conversion.attempts.map(\.how) == How.allCases)
        let together = conversion.attempts[0]
        #expect(together.ready == 2 && together.packs == 1 && together.saves == 1 && together.left.isEmpty)
        #expect(together.appeared.contains("smolmachines/\(first.digest.prefix(16)).image.tar"))
        let entry = try #require(together.entry(of: first))
        for how in [How.again, .renamed] {
            let attempt = try #require(conversion.attempt(how))
            #expect(attempt.ready == 1 && attempt.packs == 0 && attempt.saves == 0 && attempt.appeared.isEmpty)
            #expect(attempt.entry(of: first) == entry && attempt.milliseconds != nil)
        }
        for attempt in conversion.attempts.dropFirst(3).dropLast() {
            #expect(attempt.isDisturbed && attempt.ready == 0 && attempt.left.isEmpty, "\(attempt)")
            #expect(attempt.entries == [entry], "\(attempt)")
        }
        for how in [How.convertFailed, .contentChanged, .imageSwapped, .keepFailed, .interrupted, .packKilled] {
            #expect(conversion.attempt(how)?.archives == ["smolmachines/\(second.digest.prefix(16)).image.tar"])
        }
        for how in [How.contentChanged, .imageSwapped] { #expect(conversion.attempt(how)?.packs == 0) }
        let last = try #require(conversion.attempt(.partial))
        #expect(last.marker == second.marker && last.packs == 1 && last.ready == 1)
        #expect(last.planted?.path == second.artefact && last.entry(of: second) != last.planted)
        #expect(conversion.planted == ["container": true, "network": true, "listener": true])
        #expect(conversion.reference == second.digest && !conversion.isPacked)
        #expect(conversion.left.isEmpty && containers(conversion.strangers).isEmpty)
        #expect(outcome.launches.map(\.name) == ["through"] && outcome.launches[0].launched != nil)
        #expect(outcome.failure == nil && outcome.gaps.isEmpty)
    }

    @Test func aCacheByNameIsSeen() async throws {
        let conversion = try #require(try await play([.byName]).conversion)
        #expect(conversion.attempt(.together)?.entry(of: try #require(conversion.first)) == nil)
        #expect(conversion.attempt(.renamed)?.packs == 1)
        #expect(conversion.attempt(.saveFailed)?.ready == 1 && conversion.attempt(.saveFailed)?.packs == 0)
        #expect(conversion.attempt(.partial)?.marker == conversion.first?.marker)
        #expect(conversion.attempt(.packKilled)?.isDisturbed == false)
    }

    @Test func whateverIsDoneWrongIsSeen() async throws {
        let half = try #require(try await play([.takesHalf]).conversion?.attempt(.partial))
        #expect(half.packs == 0 && half.ready == 1 && half.marker == nil)
        let archives = try #require(try await play([.leavesArchive]).conversion)
        #expect(archives.attempt(.keepFailed)?.left.count == 1 && archives.attempt(.together)?.left == [])
        let any = try #require(try await play([.takesAny]).conversion)
        #expect(any.attempt(.contentChanged)?.ready == 1)
        let left = try #require(try await play([.leavesContainer]).conversion)
        #expect(left.left == [.init(.container, "registry")] && containers(left.strangers).isEmpty)
    }

    @Test func whatCouldNotBeDoneIsNotToldAsDone() async throws {
        let silent = try #require(try await play([.silent]).conversion)
        for how in [How.saveFailed, .convertFailed, .contentChanged, .imageSwapped, .keepFailed] {
            #expect(silent.attempt(how)?.isDisturbed == false, "\(how)")
        }
        let quick = try #require(try await play([.quickSave]).conversion)
        #expect(quick.attempt(.saveKilled)?.isDisturbed == false && quick.attempt(.packKilled)?.isDisturbed == true)
        let blind = try #require(try await play(isBlind: true).conversion)
        #expect(blind.planted["container"] == false && blind.planted["listener"] == true)
    }

    /// What mutants are shown by is seen in these parts alone.
    @Test func partsOfTheTrialShowWhatTheyAreFor() async throws {
        let named = try #require(try await play([.byName], only: [.together, .saveFailed]).conversion)
        #expect(named.attempts.map(\.how) == [.together, .saveFailed])
        #expect(named.attempts[0].entry(of: try #require(named.first)) == nil && named.attempts[1].ready == 1)
        let half = try #require(try await play([.takesHalf], only: [.together, .partial]).conversion)
        #expect(half.attempt(.partial)?.packs == 0 && half.attempt(.partial)?.ready == 1)
        let archive = try #require(try await play([.leavesArchive], only: [.convertFailed]).conversion)
        #expect(archive.attempts.map(\.how) == [.convertFailed] && archive.attempts[0].left.count == 1)
        let swapped = try #require(try await play([.takesAny], only: [.imageSwapped]).conversion)
        #expect(swapped.attempts.map(\.ready) == [1])
        let left = try #require(try await play([.leavesContainer], only: [.packKilled]).conversion)
        #expect(left.left == [.init(.container, "registry")])
    }

    @Test func somebodyElseOnTheMachineIsSeen() async throws {
        let conversion = try #require(try await play(images: FakeImages(strangerAt: 5)).conversion)
        #expect(containers(conversion.strangers) == ["container of-a-stranger"] && !conversion.left.isEmpty)
    }

    @Test func abackendWithoutImagesSaysSo() async throws {
        let ground = HostGround(
            obstacles: FakeObstacles(), inventory: DirectoryInventory(isCostly: false, isBlind: false)
        ) { DirectoryDriver(environment: $0, flaws: [], width: 1) }
        let outcome = try #require(await ground.run([.conversion]).first)
        #expect(outcome.failure?.contains("not converted from images") == true)
    }

    // MARK: - The watch

    @Test(arguments: [
        ("/usr/bin/docker\0save\0--output\0/c/x.tar\0sha256:1\0", ConversionWatch.Work.save),
        ("/opt/smolvm\0--state-dir\0/v\0pack\0create\0--image\0/c/x.tar\0-o\0/c/y\0", .pack),
    ])
    func programsAreKnownByWhatTheyDoWithTheCache(line: String, work: ConversionWatch.Work) {
        #expect(ConversionWatch.work(Array(line.utf8), on: "/c") == work)
        #expect(ConversionWatch.work(Array(line.utf8), on: "/d") == nil)
        #expect(ConversionWatch.work(Array("/bin/sh\0-c\0x\0\(line)".utf8), on: "/c") == nil, "what only starts one")
        #expect(ConversionWatch.work(Array("/x/bottle-launcher\0leash\0\(line)".utf8), on: "/c") == nil)
    }

    @Test func aTextIsReplacedWhereverItStands() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "replace-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        for place in [0, 5, (1 << 20) - 3, (1 << 20) - 6, (1 << 20) + 9] {
            var bytes = [UInt8](repeating: 0x2e, count: (1 << 20) + 100)
            bytes.replaceSubrange(place..<(place + 6), with: Array("marker".utf8))
            try Data(bytes).write(to: URL(filePath: path))
            #expect(try ConversionCache.replace("marker", with: "MARKER", in: path))
            bytes.replaceSubrange(place..<(place + 6), with: Array("MARKER".utf8))
            #expect(Array(try Data(contentsOf: URL(filePath: path))) == bytes, "\(place)")
            #expect(try !ConversionCache.replace("marker", with: "MARKER", in: path))
        }
    }
}
