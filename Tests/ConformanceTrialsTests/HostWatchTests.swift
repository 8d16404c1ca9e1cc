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
