// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver
import ConformanceEngine
import Foundation
import Testing

extension ProbeSuite {
    /// The engine's own words for what to look for, and the probe's search.
    @Suite struct ScanTests {
        private static let secret = Scan.secret()
        /// What one read takes.
        private static let chunk = 256 << 10

        private func run(
            _ root: String, secret: String = secret, since: Int64 = 0, made: Int64 = 0, timeout: Int = 20_000,
            through shell: String? = nil, environment: [String: String] = [:]
        ) async throws -> Observation {
            var scan = Scan(token: secret, since: since, made: made)
            scan.root = root
            scan.timeout = timeout
            return try await run(scan, secret: secret, through: shell, environment: environment)
        }

        private func run(
            _ scan: Scan, secret: String = secret, through shell: String? = nil, environment: [String: String] = [:]
        ) async throws -> Observation {
            let batch = ProbeBatch([
                ProbeStep(key: "s", nonce: .fresh(), target: .guest, canary: nil, action: .scan(scan))
            ])
            let input = String(decoding: batch.input, as: UTF8.self)
            let arguments = shell.map { ["-c", $0, ProbeRunner.executable.path, secret] } ?? ["batch"]
            let run = try await ProbeRunner.start(
                arguments, of: shell == nil ? ProbeRunner.executable : URL(fileURLWithPath: "/bin/sh"), input: input,
                environment: environment)
            let observation = try #require(batch.observations(in: Array(run.output)).first ?? nil, "\(run.text)")
            #expect(observation.stage == .done && !observation.killed)
            // Whatever was found, and wherever.
            #expect(Needles(secret).encoding(in: run.output) == nil)
            return observation
        }

        private func places(_ observation: Observation) -> [String] {
            (0..<observation.facts.count).compactMap { observation.facts["place.\($0)"] }
        }

        /// The lines of a PEM are not of letters and digits alone.
        @Test func aPrivateKeyIsFound() async throws {
            try await ScratchDirectory.with { directory in
                let root = directory.resolvingSymlinksInPath()
                let (own, other) = (PrivateKeyForms.decoy(), PrivateKeyForms.decoy())
                try Data(Array("x: 1\n".utf8) + own).write(to: root.appendingPathComponent("own"))
                try Data(other).write(to: root.appendingPathComponent("other"))
                let forms = try #require(PrivateKeyForms(pem: own))
                for (index, sample) in forms.samples.enumerated() {
                    try Data(Array(" -".utf8) + sample.bytes + Array("=\n".utf8))
                        .write(to: root.appendingPathComponent("form \(index)"))
                }
                var scan = Scan(token: Self.secret, since: 0, made: 0).adding(key: own, of: "key")
                scan.root = root.path
                let found = places(try await run(scan))
                #expect(found.count == forms.samples.count + 1, "\(found)")
                #expect(found.allSatisfy { $0.hasPrefix("key.") && !$0.contains("/other") }, "\(found)")
                #expect(found.contains { $0.hasPrefix("key.pem,key.pem-2,") && $0.hasSuffix("/own") }, "\(found)")
            }
        }

        @Test func everyFormIsFoundWhereverReadsMeet() async throws {
            try await ScratchDirectory.with { directory in
                let root = directory.resolvingSymlinksInPath()
                for sample in Needles(Self.secret).samples {
                    let chunk = Self.chunk
                    let starts = [
                        0, 1, chunk - sample.bytes.count, chunk - sample.bytes.count + 1, chunk - 1, chunk,
                        2 * chunk - sample.bytes.count / 2, 2 * chunk + 1 - sample.bytes.count,
                        3 * chunk - sample.bytes.count,
                    ]
                    for (index, start) in starts.enumerated() {
                        var bytes = Data(repeating: UInt8(index % 2 == 0 ? 0 : 0x61), count: 3 * chunk)
                        bytes.replaceSubrange(start..<start + sample.bytes.count, with: sample.bytes)
                        try bytes.write(to: root.appendingPathComponent("\(index)"))
                    }
                    let found = places(try await run(root.path))
                    let form = sample.encoding.replacing(" ", with: "-")
                    for index in starts.indices {
                        #expect(
                            found.contains {
                                $0.contains("token.\(form)") && $0.hasSuffix(" file \(root.path)/\(index)")
                            },
                            "\(form) at \(starts[index])")
                    }
                }
            }
        }

        @Test func base64OfALongerTextIsFoundAtEveryAlignment() async throws {
            try await ScratchDirectory.with { directory in
                let root = directory.resolvingSymlinksInPath()
                for lead in 0..<6 {
                    let text = String(repeating: "#", count: lead) + Self.secret + "\n"
                    try Data(Data(text.utf8).base64EncodedString().utf8)
                        .write(to: root.appendingPathComponent("f\(lead)"))
                }
                let found = places(try await run(root.path))
                #expect(found.count == 6)
                #expect(found.allSatisfy { $0.hasPrefix("token.base64") })
            }
        }

        @Test func whatOnlyResemblesItIsNotFound() async throws {
            try await ScratchDirectory.with { directory in
                let root = directory.resolvingSymlinksInPath()
                let half = Self.secret.prefix(47)
                let noise = String((0..<400_000).map { _ in "abcdefghij".randomElement() ?? "a" })
                for (index, text) in [Scan.secret(), "\(half)-\(half)", noise, ""].enumerated() {
                    try Data(text.utf8).write(to: root.appendingPathComponent("\(index)"))
                }
                let observation = try await run(root.path)
                #expect(observation.facts["places"] == "0")
                #expect(observation.facts["files"] == "4")
            }
        }

        @Test func holesCostNothing() async throws {
            try await ScratchDirectory.with { directory in
                let root = directory.resolvingSymlinksInPath()
                let file = root.appendingPathComponent("sparse")
                try Data().write(to: file)
                let handle = try FileHandle(forWritingTo: file)
                for offset in [UInt64(0), 3 << 30, 900 << 30] {
                    try handle.seek(toOffset: offset)
                    try handle.write(contentsOf: Data(Self.secret.utf8))
                }
                try handle.truncate(atOffset: 1 << 40)
                try handle.close()
                let observation = try await run(root.path)
                #expect(observation.facts["complete"] == "1")
                #expect(places(observation).count == 1)
                let read = try #require(observation.facts["bytes"].flatMap { Int($0) })
                #expect(read < 16 << 20)
            }
        }

        @Test func namesAndLinksAreSearchedAndNeverPrinted() async throws {
            try await ScratchDirectory.with { directory in
                let root = directory.resolvingSymlinksInPath()
                let named = root.appendingPathComponent("x-\(Self.secret)")
                try FileManager.default.createDirectory(at: named, withIntermediateDirectories: false)
                try Data(Self.secret.utf8).write(to: named.appendingPathComponent("inside"))
                symlink("/nowhere/\(Self.secret)", root.appendingPathComponent("link").path)
                let found = places(try await run(root.path)).map { $0.split(separator: " ", maxSplits: 1)[1] }.sorted()
                #expect(found == ["file \(root.path)", "link \(root.path)/link", "name \(root.path)/"])
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func nothingBlocksAndNothingIsFollowed() async throws {
            try await ScratchDirectory.with { directory in
                let root = directory.resolvingSymlinksInPath()
                let path = root.path
                mkfifo("\(path)/fifo", 0o600)
                symlink(".", "\(path)/loop")
                symlink("/dev/zero", "\(path)/device")
                symlink("/", "\(path)/root")
                let socket = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
                defer { close(socket) }
                var address = sockaddr_un()
                address.sun_family = sa_family_t(AF_UNIX)
                let name = Array("\(path)/socket".utf8)
                try #require(name.count < MemoryLayout.size(ofValue: address.sun_path))
                withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
                let bound = withUnsafePointer(to: &address) {
                    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                    }
                }
                #expect(bound == 0)
                try Data("x".utf8).write(to: root.appendingPathComponent("sealed"))
                chmod("\(path)/sealed", 0o111)
                try FileManager.default.createDirectory(atPath: "\(path)/shut", withIntermediateDirectories: false)
                try Data(Self.secret.utf8).write(to: root.appendingPathComponent("shut/inside"))
                chmod("\(path)/shut", 0)
                defer { chmod("\(path)/shut", 0o700) }
                let observation = try await run(path)
                #expect(observation.facts["entries"] == (geteuid() == 0 ? "8" : "7"))
                #expect(observation.facts["sockets"] == "1")
                #expect(observation.facts["closed"] == "1")
                // Root may look into everything.
                if geteuid() == 0 {
                    #expect(places(observation).count == 1)
                } else {
                    #expect(observation.facts["unread.0"] == "EACCES \(path)/shut")
                    #expect(observation.facts["unreads"] == "1")
                }
            }
        }

        @Test func filesOfBeforeAreLeftOutAndFreshOnesAreNot() async throws {
            try await ScratchDirectory.with { directory in
                let root = directory.resolvingSymlinksInPath()
                let file = root.appendingPathComponent("file")
                let made = Int64(Date().timeIntervalSince1970) - 60
                try Data(Self.secret.utf8).write(to: file)
                // What a program says about the time of a file does not count.
                try FileManager.default.setAttributes(
                    [.modificationDate: Date(timeIntervalSince1970: 1)], ofItemAtPath: file.path)
                let fresh = try await run(root.path, since: made - 60, made: made)
                #expect(places(fresh).count == 1)
                #expect(fresh.facts["behind"] == "0" && fresh.facts["older"] == "0")
                let old = try await run(root.path, since: made + 4000, made: made + 8000)
                #expect(old.facts["older"] == "1" && old.facts["places"] == "0")
                #expect(old.facts["behind"] == "1")
                #expect(old.facts["since"] == "\(made + 4000)")
            }
        }

        @Test func processesAreSearched() async throws {
            let observation = try await run(
                "/proc", through: "\"$0\" batch; exit $?", environment: ["MARK": "a \(Self.secret) b"])
            let found = places(observation)
            #expect(found.contains { $0.contains(" environment ") && $0.hasSuffix(" MARK") })
            #expect(found.contains { $0.contains(" arguments ") })
            #expect(found.contains { $0.hasSuffix(" variable MARK") })
            #expect(observation.facts["files"] == "0")
        }

        @Test func whatTimeDoesNotSufficeForIsSaid() async throws {
            let observation = try await run("/usr", timeout: 1)
            #expect(observation.facts["complete"] == "0")
        }

        @Test func aPlaceThatIsNotThereIsSaid() async throws {
            #expect(try await run("/no/such/place").errno == "ENOENT")
        }

        private static let digest = String(repeating: "0", count: 64)

        @Test(arguments: [
            "scan a n 1 0 0 0 1 - 2f", "scan a n 1 0 0 0 1 - 2f x:15:0:\(digest)",
            "scan a n 1 5 4 0 1 - 2f x:16:0:\(digest)",
            "scan a n 1 0 0 2 1 - 2f x:16:0:\(digest)", "scan a n 0 0 0 0 1 - 2f x:16:0:\(digest)",
            "scan a n 1 0 0 0 1 - 61 x:16:0:\(digest)", "scan a n 1 0 0 0 1 - 2f x:16:65536:\(digest)",
            "scan a n 1 0 0 0 1 - 2f X:16:0:\(digest)", "scan a n 1 0 0 0 1 - 2f x:16:0:00",
            "scan a n 1 0 0 0 1 - 2f" + String(repeating: " x:16:0:\(digest)", count: 65),
        ])
        func refusesBadInput(input: String) async throws {
            let run = try await ProbeRunner.start(["batch"], input: "\(input)\n")
            #expect(run.text.contains("\"stage\":\"input\""))
        }
    }
}
