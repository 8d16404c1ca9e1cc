// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import ConformanceEngine
import Foundation
import Testing

@testable import ConformanceTrials

/// The watcher over real files and processes.
@Suite(.serialized) struct HostWatchTests {
    private func withScratch(_ body: (TrialScratch) async throws -> Void) async throws {
        let scratch = try TrialScratch.make()
        defer { scratch.remove() }
        try await body(scratch)
    }

    @Test func decoysAreSeenAndNothingElse() async throws {
        try await withScratch { scratch in
            let decoys = Decoys(directory: "\(scratch.directory)/decoys")
            try decoys.prepare()
            let other = Needles("uuuuvvvvwwwwxxxxyyyyzzzzuuuuvvvvwwwwxxxx")
            let watch = HostWatch(root: scratch.directory, secrets: ["token": other, Decoys.name: decoys.needles])
            try await watch.start()
            try await decoys.show { await watch.waitForRound() }
            await watch.stop()
            #expect(decoys.seen(by: watch) == ["argv": true, "content": true, "mode": true, "text": true])
            #expect(watch.leaks(of: "token").isEmpty)
            #expect(watch.sightings(below: "state").isEmpty)
        }
    }

    @Test func withoutOffencesNoDecoyIsSeen() async throws {
        try await withScratch { scratch in
            let decoys = Decoys(directory: "\(scratch.directory)/decoys")
            try decoys.prepare()
            let watch = HostWatch(root: scratch.directory, secrets: [Decoys.name: decoys.needles])
            try await watch.start()
            await watch.stop()
            let seen = decoys.seen(by: watch)
            #expect(seen["argv"] == false && seen["mode"] == false && seen["content"] == false)
        }
    }

    @Test func filesInNewDirectoriesAreSeenWithTheirModes() async throws {
        try await withScratch { scratch in
            let watch = HostWatch(root: scratch.directory, secrets: [:])
            try await watch.start()
            let bottle = "\(scratch.state)/bottle"
            mkdir(bottle, 0o700)
            mkdir("\(bottle)/agent", 0o755)
            close(open("\(bottle)/agent/prompt.txt", O_WRONLY | O_CREAT, 0o600))
            await watch.waitForRound()
            chmod("\(bottle)/agent/prompt.txt", 0o640)
            rename("\(bottle)/agent/prompt.txt", "\(bottle)/agent/moved.txt")
            await watch.stop()
            let sightings = watch.sightings(below: "state")
            #expect(
                sightings.map(\.path) == [
                    "bottle", "bottle/agent", "bottle/agent/prompt.txt", "bottle/agent/moved.txt",
                ])
            #expect(sightings[0].modes == [0o700] && sightings[0].isDirectory)
            #expect(sightings[1].modes == [0o755])
            #expect(sightings[2].modes.first == 0o600 && sightings[2].modeChanges == 1)
            #expect(sightings[3].modes == [0o640])
        }
    }

    @Test func whatWasThereBeforeTheWatchIsNotWhole() async throws {
        try await withScratch { scratch in
            let elsewhere = try TrialScratch.make()
            defer { elsewhere.remove() }
            mkdir("\(elsewhere.state)/bottle", 0o700)
            close(open("\(elsewhere.state)/bottle/early", O_WRONLY | O_CREAT, 0o644))
            chmod("\(elsewhere.state)/bottle/early", 0o600)
            let watch = HostWatch(root: scratch.directory, secrets: [:])
            try await watch.start()
            rename("\(elsewhere.state)/bottle", "\(scratch.state)/bottle")
            await watch.waitForRound()
            close(open("\(scratch.state)/bottle/late", O_WRONLY | O_CREAT, 0o600))
            await watch.stop()
            let sightings = watch.sightings(below: "state")
            #expect(sightings.map(\.path) == ["bottle", "bottle/early", "bottle/late"])
            #expect(sightings.map(\.isWhole) == [true, false, true])
            #expect(sightings[1].modes == [0o600] && sightings[1].modeChanges == 0)
        }
    }

    @Test func whatTheKernelDroppedIsKnownToBeLost() async throws {
        try await withScratch { scratch in
            let descriptor = inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK))
            defer { close(descriptor) }
            var tree = TreeWatch(descriptor: descriptor)
            let isWatched = tree.watch(scratch.state)
            try #require(isWatched)
            let text = try String(contentsOfFile: "/proc/sys/fs/inotify/max_queued_events", encoding: .utf8)
            let limit = try #require(Int(text.trimmingCharacters(in: .whitespacesAndNewlines)))
            _ = tree.read()
            #expect(!tree.hasLost)
            // Nobody reads; names alternate, for the kernel merges an event with its like right before it. Some still are
            // merged: a process that is just being started holds a file open, and its event comes late.
            for number in 0...(2 * limit) {
                close(open("\(scratch.state)/\(number % 2)", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600))
            }
            _ = tree.read()
            #expect(tree.hasLost)
        }
    }

    @Test(.enabled(if: geteuid() != 0, "root may look everywhere"))
    func aDirectoryThatCannotBeWatchedIsAGap() async throws {
        try await withScratch { scratch in
            let watch = HostWatch(root: scratch.directory, secrets: [:])
            try await watch.start()
            mkdir("\(scratch.state)/closed", 0)
            await watch.stop()
            #expect(watch.gaps.contains { $0.contains("closed") }, "\(watch.gaps)")
            chmod("\(scratch.state)/closed", 0o700)
        }
    }

    @Test func whatWasNotReadIsSaid() async throws {
        try await withScratch { scratch in
            try Data("seven!!".utf8).write(to: URL(filePath: "\(scratch.state)/fits"))
            try Data("eight!!!".utf8).write(to: URL(filePath: "\(scratch.state)/long"))
            var seen: [String: String] = [:]
            let gaps = FileScan.contents(below: scratch.state, limit: 7) {
                seen[$0] = String(decoding: $1, as: UTF8.self)
            }
            #expect(seen == ["fits": "seven!!"])
            #expect(gaps.count == 1 && gaps[0].contains("long") && gaps[0].contains("7 bytes"), "\(gaps)")
        }
    }

    @Test func everyContentOfMetadataIsKept() async throws {
        try await withScratch { scratch in
            let watch = HostWatch(root: scratch.directory, secrets: [:])
            try await watch.start()
            mkdir("\(scratch.state)/b", 0o700)
            let path = "\(scratch.state)/b/metadata.json"
            for text in ["{\"half\":", "{\"whole\": 1}"] {
                try Data(text.utf8).write(to: URL(filePath: path))
                await watch.waitForRound()
            }
            await watch.stop()
            // Between its opening and its first byte a file is empty, and the watch may have looked just then.
            #expect(watch.metadata.filter { !$0.isEmpty } == ["{\"half\":", "{\"whole\": 1}"])
        }
    }

    @Test func whatDeadProcessesLeftIsSwept() async throws {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/true")
        try process.run()
        process.waitUntilExit()
        let base = FileManager.default.temporaryDirectory
        let dead = base.appending(path: "bottle-conformance-trial.\(process.processIdentifier).1")
        let living = base.appending(path: "bottle-conformance-trial.\(getppid()).1")
        for path in [dead, living] {
            try FileManager.default.createDirectory(at: path, withIntermediateDirectories: true)
        }
        defer { for path in [dead, living] { try? FileManager.default.removeItem(at: path) } }
        try await withScratch { scratch in
            #expect(!FileManager.default.fileExists(atPath: dead.path))
            #expect(FileManager.default.fileExists(atPath: living.path))
            #expect(FileManager.default.fileExists(atPath: scratch.state))
        }
    }
}
